"""A confirmed proposal happens once, whatever dies in between."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.background.effects.commit import Committer
from voiceagent.background.effects.recovery import EffectRecovery
from voiceagent.background.tool_outcome import ToolStatus
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Caller, Effect, IdempotencyKey, Tool, tool
from voiceagent.conversation.effects import EffectState, Entry, Proposal
from voiceagent.core.errors import BadInput, UpstreamUnavailable
from voiceagent.core.ids import CallId, ProposalId, TenantId
from voiceagent.testing.memory_ledger import MemoryLedger

_T = TypeVar("_T")
_NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_ID = ProposalId("prop_1")
_PROPOSAL = Proposal(
    proposal_id=_ID,
    tenant_id=TenantId("ten_1"),
    call_id=CallId("call_1"),
    caller="anna",
    tool="crm.block_card",
    arguments={"card": "4821"},
    proposed_at=_NOW,
)


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.at = _NOW

    def monotonic(self) -> float:
        return self.at.timestamp()

    def now(self) -> datetime:
        return self.at

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)


class Death(BaseException):
    """The process is gone: nothing catches this."""


class Fate:
    """Kills at chosen steps; a step is an await, told apart before and after what it does."""

    def __init__(self, fatal: frozenset[int] = frozenset()) -> None:
        self._fatal = fatal
        self.steps = 0

    async def around(self, act: Callable[[], Awaitable[_T]]) -> _T:
        self._step()
        result = await act()
        self._step()
        return result

    def _step(self) -> None:
        self.steps += 1
        if self.steps in self._fatal:
            raise Death


class MortalLedger(MemoryLedger):
    """Each move may be the last thing that its process does, or the last that it does not."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    async def claim(self, proposal_id: ProposalId, *, now: datetime, until: datetime) -> Entry | None:
        return await self._fate.around(partial(super().claim, proposal_id, now=now, until=until))

    async def settle(
        self, proposal_id: ProposalId, *, attempt: int, state: EffectState, result: dict[str, Any], error: str
    ) -> bool:
        settle = partial(super().settle, proposal_id, attempt=attempt, state=state, result=result, error=error)
        return await self._fate.around(settle)


class Bank:
    """The system behind the tool: does a thing once per key, as vendors' idempotency keys do."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        self.blocked: list[str] = []
        self._keys: set[str] = set()
        self.away = 0  # so many requests get no answer, after having been carried out

    async def block(self, card: str, key: str | None) -> dict[str, object]:
        await asyncio.sleep(0)
        return await self._fate.around(partial(self._block, card, key))

    async def _block(self, card: str, key: str | None) -> dict[str, object]:
        if key is None or key not in self._keys:
            self.blocked.append(card)
            self._keys |= {key} if key else set()
        if self.away:
            self.away -= 1
            raise UpstreamUnavailable("the bank does not answer")
        return {"card": card}


def with_key(bank: Bank) -> Tool:
    @tool(name="crm.block_card", effect=Effect.CONSEQUENTIAL)
    async def block_card(caller: Caller, key: IdempotencyKey, card: str) -> dict[str, object]:
        assert caller.number == "anna"
        return await bank.block(card, key)

    return block_card


def without_key(bank: Bank) -> Tool:
    @tool(name="crm.block_card", effect=Effect.CONSEQUENTIAL)
    async def block_card(card: str) -> dict[str, object]:
        return await bank.block(card, None)

    return block_card


class Desk:
    """A ledger, a clock and a bank, and processes that come and go."""

    def __init__(self, make: Callable[[Bank], Tool] = with_key, fatal: frozenset[int] = frozenset()) -> None:
        fate = Fate(fatal)
        self.clock = Clock()
        self.bank = Bank(fate)
        self.ledger = MortalLedger(fate)
        self.tools = ToolRegistry([make(self.bank)])

    async def proposed(self) -> "Desk":
        await self.ledger.propose(_PROPOSAL)
        return self

    def process(self) -> Committer:
        return Committer(self.ledger, self.tools, self.clock)

    async def sweep(self) -> int:
        return await EffectRecovery(self.ledger, self.process(), self.clock).sweep()

    async def state(self) -> EffectState:
        return (await self.ledger.find(_ID)).state


async def test_a_confirmed_proposal_is_carried_out_and_told():
    desk = await Desk().proposed()
    outcome = await desk.process().commit(_ID)

    assert (outcome.status, outcome.result) == (ToolStatus.OK, {"card": "4821"})
    assert desk.bank.blocked == ["4821"]
    assert await desk.state() is EffectState.DONE


async def test_a_second_commit_tells_what_the_first_one_did():
    desk = await Desk().proposed()
    first, second = await desk.process().commit(_ID), await desk.process().commit(_ID)

    assert second.result == first.result
    assert desk.bank.blocked == ["4821"]


async def test_two_at_once_do_it_once():
    desk = await Desk(without_key).proposed()
    outcomes = await asyncio.gather(*(desk.process().commit(_ID) for _ in range(4)))

    assert desk.bank.blocked == ["4821"]
    assert sorted(one.error for one in outcomes)[:2] == ["", "it is being carried out"]


async def test_a_caller_who_hangs_up_after_the_yes_gets_it_done():
    desk = await Desk(without_key).proposed()
    async with asyncio.TaskGroup() as owner, asyncio.TaskGroup() as callers:
        committer = Committer(desk.ledger, desk.tools, desk.clock, owner)
        asking = callers.create_task(committer.commit(_ID))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()

    assert desk.bank.blocked == ["4821"]
    assert await desk.state() is EffectState.DONE


async def test_a_refusal_of_the_system_behind_is_final():
    desk = Desk()

    @tool(name="crm.block_card", effect=Effect.WRITE)
    async def block_card(card: str) -> dict[str, object]:
        raise BadInput(f"card {card} is blocked already")

    desk.tools = ToolRegistry([block_card])
    await desk.proposed()
    outcome = await desk.process().commit(_ID)

    assert outcome.error == "card 4821 is blocked already"
    assert await desk.state() is EffectState.FAILED
    assert await desk.sweep() == 0


async def test_a_system_that_does_not_answer_is_asked_again_later_with_the_same_key():
    desk = await Desk().proposed()
    desk.bank.away = 2
    outcome = await desk.process().commit(_ID)
    assert outcome.unavailable
    assert await desk.sweep() == 0  # not at once

    desk.clock.later(seconds=60)
    assert await desk.sweep() == 1
    desk.clock.later(seconds=60)
    assert await desk.sweep() == 1

    assert await desk.state() is EffectState.DONE
    assert desk.bank.blocked == ["4821"]


async def test_a_system_that_never_answers_is_left_to_a_person_in_the_end():
    desk = await Desk().proposed()
    desk.bank.away = 1000
    await desk.process().commit(_ID)
    for _ in range(40):
        desk.clock.later(hours=2)
        await desk.sweep()

    assert await desk.state() is EffectState.UNKNOWN
    assert (await desk.ledger.find(_ID)).attempts == 10


async def test_a_refusal_after_a_try_of_unknown_end_is_left_to_a_person():
    desk = await Desk().proposed()
    desk.bank.away = 1
    await desk.process().commit(_ID)

    @tool(name="crm.block_card", effect=Effect.WRITE)
    async def block_card(card: str, key: IdempotencyKey) -> dict[str, object]:
        raise BadInput(f"there is a record of {card} with {key} already")

    desk.tools = ToolRegistry([block_card])
    desk.clock.later(seconds=60)
    await desk.sweep()

    assert desk.bank.blocked == ["4821"]
    assert await desk.state() is EffectState.UNKNOWN


@pytest.mark.parametrize("returned", [[1, 2], {"long": ["x" * 400] * 60}, object()])
async def test_what_has_run_and_returned_nonsense_is_not_called_failed(returned):
    desk = Desk()

    @tool(name="crm.block_card", effect=Effect.WRITE)
    async def block_card(card: str) -> object:
        desk.bank.blocked.append(card)
        return returned

    desk.tools = ToolRegistry([block_card])
    await desk.proposed()
    outcome = await desk.process().commit(_ID)

    assert outcome.uncertain
    assert await desk.state() is EffectState.UNKNOWN


async def test_a_tool_that_is_gone_holds_nothing_else_up():
    desk = await Desk().proposed()
    desk.bank.away = 1
    await desk.process().commit(_ID)
    gone = replace(_PROPOSAL, proposal_id=ProposalId("prop_0"), tool="crm.removed")
    await desk.ledger.propose(gone)
    await MemoryLedger.claim(desk.ledger, gone.proposal_id, now=_NOW, until=_NOW)
    desk.clock.later(seconds=60)
    await desk.sweep()

    assert await desk.state() is EffectState.DONE
    assert (await desk.ledger.find(gone.proposal_id)).state is EffectState.UNKNOWN


async def test_whatever_breaks_in_one_commit_the_others_go_on():
    desk = await Desk().proposed()
    other = replace(_PROPOSAL, proposal_id=ProposalId("prop_2"))
    await desk.ledger.propose(other)

    class Breaking(MortalLedger):
        async def settle(self, proposal_id: ProposalId, **how: Any) -> bool:
            if proposal_id == _ID:
                raise ZeroDivisionError("a value that cannot be stored")
            return await super().settle(proposal_id, **how)

    desk.ledger.__class__ = Breaking
    async with asyncio.TaskGroup() as owner:
        committer = Committer(desk.ledger, desk.tools, desk.clock, owner)
        first = await committer.commit(_ID)
        second = await committer.commit(other.proposal_id)

    assert (first.uncertain, first.unavailable) == (True, True)
    assert second.status is ToolStatus.OK


@pytest.mark.parametrize("whose", ["a part of its work", "the commit itself"])
async def test_a_tool_that_is_cancelled_from_within_keeps_nobody_waiting(whose):
    desk = Desk()

    @tool(name="crm.block_card", effect=Effect.WRITE)
    async def block_card(card: str, key: IdempotencyKey) -> dict[str, object]:
        work = asyncio.get_running_loop().create_future()
        cancelled = work if whose == "a part of its work" else asyncio.current_task()
        cancelled.cancel()
        await work
        return {}

    desk.tools = ToolRegistry([block_card])
    await desk.proposed()
    async with asyncio.timeout(20), asyncio.TaskGroup() as owner:
        committer = Committer(desk.ledger, desk.tools, desk.clock, owner)
        outcome = await committer.commit(_ID)
        desk.clock.later(minutes=5)
        swept = await EffectRecovery(desk.ledger, committer, desk.clock).sweep()

    assert (outcome.uncertain, outcome.unavailable) == (True, True)
    assert swept == 1


async def test_what_cannot_be_repeated_is_not_tried_again():
    desk = await Desk(without_key).proposed()
    desk.bank.away = 1
    await desk.process().commit(_ID)

    assert await desk.state() is EffectState.UNKNOWN
    assert desk.bank.blocked == ["4821"]


@settings(max_examples=1000)
@given(fatal=st.frozensets(st.integers(1, 24), max_size=6), away=st.integers(0, 3), sweepers=st.integers(1, 3))
def test_every_write_happens_exactly_once_wherever_processes_die(fatal, away, sweepers):
    async def story() -> None:
        desk = await Desk(with_key, fatal).proposed()
        desk.bank.away = away
        await _lives(desk.process().commit(_ID))
        for _ in range(40):
            desk.clock.later(minutes=70)
            await asyncio.gather(*(_lives(desk.sweep()) for _ in range(sweepers)))
        if await desk.state() is EffectState.PROPOSED:  # died before anything was written: the caller is told so
            assert desk.bank.blocked == []
        else:
            assert await desk.state() is EffectState.DONE
            assert desk.bank.blocked == ["4821"]

    asyncio.run(story())


@settings(max_examples=300)
@given(fatal=st.frozensets(st.integers(1, 12), max_size=6))
def test_without_a_key_it_happens_at_most_once_and_the_doubt_is_written_down(fatal):
    async def story() -> None:
        desk = await Desk(without_key, fatal).proposed()
        await _lives(desk.process().commit(_ID))
        for _ in range(10):
            desk.clock.later(minutes=70)
            await _lives(desk.sweep())
        assert len(desk.bank.blocked) <= 1
        assert desk.bank.blocked == ["4821"] or await desk.state() is not EffectState.DONE

    asyncio.run(story())


async def _lives(work: Awaitable[object]) -> None:
    """A process that may die over its work."""
    try:
        await work
    except Death:
        return


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_tool_says_itself_whether_it_may_be_repeated(repeatable):
    bank = Bank(Fate())

    assert (with_key(bank) if repeatable else without_key(bank)).repeatable is repeatable
    assert with_key(bank).parameters == {"card"}
