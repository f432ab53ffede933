"""The session of a call that we place: an agent first, then the dialling; the list first, then the goodbye."""

import asyncio
from dataclasses import replace
from itertools import count

import pytest

from voiceagent.conversation.outbound_opening import for_outbound
from voiceagent.core.errors import Conflict, NoCapacity, StoreUnavailable
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.call_facts import CallFacts, OutboundFacts
from voiceagent.session.outbound_talk import OutboundTalk
from voiceagent.session.ports import HungUp, MediaExchange
from voiceagent.session.session import CallSession
from voiceagent.session.talk import Talk
from voiceagent.telephony.events import CallEnded, OptedOut
from voiceagent.testing.memory_call import MemoryCall, rendered_prompts
from voiceagent.testing.memory_leg import MemoryLeg
from voiceagent.testing.memory_stream import MemoryWorkers
from voiceagent.testing.sample_profile import SAMPLE_CALLING, SAMPLE_TIME, judge_by_list, sample_profile

pytestmark = pytest.mark.usefixtures("no_leaked_tasks")


class RingingLeg(MemoryLeg):
    """Rings until somebody picks up or hangs up."""

    def __init__(self) -> None:
        super().__init__()
        self.dialled = asyncio.Event()
        self.settled = asyncio.Event()

    async def answer(self, media: MediaExchange) -> str:
        self.dialled.set()
        await self.settled.wait()
        if self.ended:
            raise Conflict("the leg has ended")
        return await super().answer(media)

    async def hang_up(self, termination: Termination) -> None:
        await super().hang_up(termination)
        self._events.put_nowait(HungUp(termination=termination))
        self.settled.set()


class Lists:
    """The do-not-call list; what was on the line when each entry was committed."""

    def __init__(self, leg: MemoryLeg, error: StoreUnavailable | None = None) -> None:
        self.entered: list[OptedOut] = []
        self.hung_up_before: list[bool] = []
        self._leg = leg
        self._error = error

    async def enter(self, opted_out: OptedOut) -> None:
        if self._error is not None:
            raise self._error
        self.hung_up_before.append(bool(self._leg.ended))
        self.entered.append(opted_out)


class CallOfOurs(MemoryCall):
    """A MemoryCall that we place."""

    def calling(self, leg: RingingLeg, error: StoreUnavailable | None = None) -> Lists:
        self.leg, lists = leg, Lists(leg, error)
        self.profile = for_outbound(sample_profile(outbound=SAMPLE_CALLING))
        prompts = rendered_prompts(self.profile)
        prompts |= dict.fromkeys((SAMPLE_CALLING.offer,), prompts[self.profile.opening.notice])
        numbers = count(1)

        def make_talk(turn_ms: int) -> Talk:
            facts = CallFacts(
                call_id="call_TEST",
                tenant_id="ten_TEST",
                profile="sample",
                profile_version=1,
                caller="+4930123",
                answered_at=SAMPLE_TIME,
            )
            theirs = OutboundFacts(number_hash="hash", campaign="spring")
            return OutboundTalk(
                self.profile, facts, self.responder, judge_by_list, lambda kind: f"{kind}_{next(numbers)}", turn_ms,
                outbound=theirs,
            )  # fmt: skip

        parts = replace(self.parts(), outbound=True, opt_outs=lists, prompts=prompts, make_talk=make_talk)
        self.session = CallSession(parts)
        return lists


def ending(call: MemoryCall) -> CallEnded:
    last = call.journal.events[-1]
    assert isinstance(last, CallEnded)
    return last


async def test_without_an_agent_nobody_is_rung():
    call, leg = CallOfOurs(workers=MemoryWorkers(error=NoCapacity("every slot is taken"))), RingingLeg()
    call.calling(leg)

    await call.session.run()

    assert not leg.dialled.is_set()
    assert ending(call).reason is Reason.NO_CAPACITY


async def test_an_operator_who_hangs_up_while_it_rings_is_heard():
    call, leg = CallOfOurs(), RingingLeg()
    call.calling(leg)

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(call.session.run())
        await leg.dialled.wait()
        call.session.request_end(Termination.because(Reason.OPERATOR_HUNG_UP))

    assert leg.ended[0].reason is Reason.OPERATOR_HUNG_UP
    assert ending(call).reason is Reason.OPERATOR_HUNG_UP
    assert call.journal.types == ["worker.leased", "leg.ended", "call.ended"]


async def test_T_US_3_the_list_is_told_before_the_line_is_closed():
    call, leg = CallOfOurs(), RingingLeg()
    lists = call.calling(leg)

    leg.settled.set()
    async with call.answered():
        await leg.listen(400)
        leg.press("9")
        await leg.listen(1200)

    (entered,) = lists.entered
    assert lists.hung_up_before == [False]
    assert [event for event in call.journal.events if isinstance(event, OptedOut)] == [entered]
    assert ending(call).reason is Reason.OPTED_OUT


async def test_a_store_that_is_away_does_not_keep_them_on_the_line():
    call, leg = CallOfOurs(), RingingLeg()
    lists = call.calling(leg, StoreUnavailable())

    leg.settled.set()
    async with call.answered():
        await leg.listen(400)
        leg.press("9")
        await leg.listen(1200)

    assert lists.entered == []
    assert "call.opted_out" in call.journal.types  # the records writer enters it from there
    assert call.journal.flushes >= 1
    assert ending(call).reason is Reason.OPTED_OUT
