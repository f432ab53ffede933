"""Calls that a gateway places to a real SIP user agent, which answers as people and their networks do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from voiceagent.audio.frame import SILENCE
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import Conflict, Forbidden, NoCapacity
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.sip.gateway import SipGateway
from voiceagent.gateways.sip.offer import Refusal, SipOffer
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.gateways.sip.outbound_leg import DialOrder, OutboundLeg
from voiceagent.session.ports import HungUp
from voiceagent.telephony.routing import Directory
from voiceagent.testing.callee import Callee, Manners, running_callee

LINE, CALLEE = "+12025550100", "+12125550123"


class Media:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.pushed = 0

    def pull(self) -> bytes:
        return SILENCE

    def push(self, _frame: bytes) -> None:
        self.pushed += 1


@dataclass
class Dialled:
    """What a call came to, as its session sees it."""

    codec: str = ""
    rang: bool = False
    invite: str = ""
    ended: Termination | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    leg: OutboundLeg | None = None

    async def serve(self, leg: OutboundLeg) -> None:
        self.leg = leg
        leg.progress.on_ringing = lambda: setattr(self, "rang", True)
        leg.progress.on_dialled = lambda call_id: setattr(self, "invite", call_id)
        try:
            self.codec = await leg.answer(Media())
            self.up.set()
        except Conflict:
            pass
        async for event in leg.events():
            if isinstance(event, HungUp):
                self.ended = event.termination
        self.over.set()

    async def reason(self) -> Reason:
        async with asyncio.timeout(15):
            await self.over.wait()
        assert self.ended is not None
        return self.ended.reason


async def nobody(_offer: SipOffer, _leg: object) -> None:
    raise AssertionError("nobody calls here")


async def unasked(_refusal: Refusal) -> None:
    pass


async def granted() -> None:
    pass


@asynccontextmanager
async def gateway() -> AsyncIterator[SipGateway]:
    options = SipOptions(sip_port=0, rtp_port=21_000)
    async with SipGateway(
        options, directory_source=Directory, on_call=nobody, on_refused=unasked, clock=SystemClock()
    ) as running:
        yield running


def dial(
    running: SipGateway,
    callee: Callee,
    *,
    permit: Callable[[], Awaitable[None]] = granted,
    password: str = "",
    ring_timeout_s: float = 10.0,
) -> Dialled:
    dialled = Dialled()
    order = DialOrder(
        callee=CALLEE,
        line=LINE,
        address=callee.address,
        permit=permit,
        username="trunk" if password else "",
        password=password,
        ring_timeout_s=ring_timeout_s,
    )
    running.dial(order, dialled.serve)
    return dialled


async def test_who_answers_hears_us_and_shows_our_number_until_they_hang_up_or_we_do():
    async with gateway() as running, running_callee() as callee:
        dialled = dial(running, callee)
        async with asyncio.timeout(10):
            await dialled.up.wait()
        while len(callee.media.heard) < 10:
            await asyncio.sleep(0.02)
        assert dialled.leg is not None
        await dialled.leg.hang_up(Termination.because(Reason.AGENT_HUNG_UP))
        await callee.until("BYE")

        invite = callee.all("INVITE")[0]
        assert (dialled.codec, dialled.rang, dialled.invite) == ("PCMU", True, invite.headers["call-id"])
        assert invite.uri == f"sip:{CALLEE}@{callee.address}"
        assert f"sip:{LINE}@" in invite.headers["from"]
        assert await dialled.reason() is Reason.AGENT_HUNG_UP


async def test_every_refusal_has_its_reason():
    codes = {
        404: Reason.UNKNOWN_NUMBER,
        480: Reason.NO_ANSWER,
        486: Reason.BUSY,
        500: Reason.UNREACHABLE,
        503: Reason.UNREACHABLE,
        600: Reason.BUSY,
        603: Reason.DECLINED,
    }
    async with gateway() as running:
        found = {}
        for code in codes:
            async with running_callee(Manners(final=code)) as callee:
                dialled = dial(running, callee)
                found[code] = await dialled.reason()
                assert dialled.codec == ""

    assert found == codes


async def test_a_trunk_that_sends_us_elsewhere_is_not_followed():
    async with gateway() as running, running_callee() as dear:
        elsewhere = f"sip:+19005550123@{dear.address}"
        async with running_callee(Manners(final=302, contact=elsewhere)) as callee:
            dialled = dial(running, callee)

            assert await dialled.reason() is Reason.UNREACHABLE
            assert (len(callee.all("INVITE")), dear.got) == (1, [])


async def test_an_answer_without_media_is_hung_up():
    async with gateway() as running, running_callee(Manners(media=False)) as callee:
        dialled = dial(running, callee)

        assert await dialled.reason() is Reason.UNSUPPORTED_CODEC
        assert (dialled.codec, len(callee.all("ACK"))) == ("", 1)
        await callee.until("BYE")


@pytest.mark.parametrize("code", [401, 407])
async def test_a_trunk_that_asks_for_a_password_gets_it(code):
    async with gateway() as running, running_callee(Manners(challenge=code, password="right")) as callee:
        good = dial(running, callee, password="right")
        async with asyncio.timeout(10):
            await good.up.wait()
        assert good.leg is not None
        await good.leg.hang_up(Termination.because(Reason.AGENT_HUNG_UP))
        await good.reason()
        bad = dial(running, callee, password="wrong")
        without = dial(running, callee)

        assert await bad.reason() is Reason.BAD_CREDENTIALS
        assert await without.reason() is Reason.BAD_CREDENTIALS


async def test_who_lets_it_ring_is_no_longer_rung_after_the_time_for_it():
    async with gateway() as running, running_callee(Manners(final=0)) as callee:
        dialled = dial(running, callee, ring_timeout_s=0.5)

        assert await dialled.reason() is Reason.NO_ANSWER
        await callee.until("CANCEL")
        assert dialled.rang


async def test_a_call_that_is_hung_up_while_it_rings_is_cancelled():
    async with gateway() as running, running_callee(Manners(final=0)) as callee:
        dialled = dial(running, callee)
        await callee.until("INVITE")
        assert dialled.leg is not None
        await dialled.leg.hang_up(Termination.because(Reason.OPERATOR_HUNG_UP))

        assert await dialled.reason() is Reason.OPERATOR_HUNG_UP
        await callee.until("CANCEL")


async def test_sound_before_the_answer_is_no_answer():
    async with gateway() as running, running_callee(Manners(early_media=True, ring_s=1.0)) as callee:
        dialled = dial(running, callee)
        await callee.until("INVITE")
        await asyncio.sleep(0.5)
        early = dialled.up.is_set()
        async with asyncio.timeout(10):
            await dialled.up.wait()

        assert not early
        assert dialled.codec == "PCMU"


async def test_of_two_phones_that_answer_one_is_talked_to_and_the_other_hung_up():
    async with gateway() as running, running_callee(Manners(forks=2)) as callee:
        dialled = dial(running, callee)
        async with asyncio.timeout(10):
            await dialled.up.wait()
        second = await callee.until("BYE")

        assert second.to_tag == "phone1"
        assert not dialled.over.is_set()


async def test_without_a_permit_there_is_no_invite_on_the_wire():
    async def refuse() -> None:
        raise Forbidden("the number is on the do-not-call list seller")

    async with gateway() as running, running_callee() as callee:
        dialled = dial(running, callee, permit=refuse)

        assert await dialled.reason() is Reason.NOT_ALLOWED
        await asyncio.sleep(0.2)
        assert callee.got == []


async def test_a_call_that_is_called_off_before_its_permit_comes_is_never_dialled():
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        asked.set()
        await answer.wait()

    async with gateway() as running, running_callee() as callee:
        dialled = dial(running, callee, permit=slow)
        await asked.wait()
        assert dialled.leg is not None
        await dialled.leg.hang_up(Termination.because(Reason.OPERATOR_HUNG_UP))
        answer.set()

        assert await dialled.reason() is Reason.OPERATOR_HUNG_UP
        await asyncio.sleep(0.2)
        assert callee.got == []


async def test_a_gateway_that_is_being_shut_down_dials_nobody():
    async with gateway() as running, running_callee() as callee:
        running.drain()
        with pytest.raises(NoCapacity):
            dial(running, callee)


async def test_more_trunks_than_the_library_has_accounts_for_cost_calls_and_not_the_process():
    async with gateway() as running, running_callee(Manners(challenge=401, password="right")) as callee:
        reasons = [await dial(running, callee, password=f"wrong {attempt}").reason() for attempt in range(9)]

        assert reasons == [Reason.BAD_CREDENTIALS] * 7 + [Reason.UNREACHABLE] * 2
