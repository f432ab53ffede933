import numpy as np
import pytest

from voiceagent.core.errors import BadInput, Conflict, InternalError, NotFound
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.interaction.engine.engine import Engine
from voiceagent.interaction.engine.slots import Slots
from voiceagent.interaction.model.network import DuplexNetwork

_SILENCE = np.zeros(1280, np.int16)
_TURN = MicroTurnIn(caller_pcm=_SILENCE, agent_pcm=_SILENCE)
_BAD = MicroTurnIn(caller_pcm=_SILENCE[:640], agent_pcm=_SILENCE)


@pytest.fixture
def engine(toy: DuplexNetwork) -> Engine:
    return Engine(NativeModel(toy, slots=3))


def test_all_ready_sessions_share_one_step(engine: Engine) -> None:
    slots = [engine.open(SessionContext()) for _ in range(3)]
    for slot in slots[:2]:
        engine.offer(slot, _TURN, now=0.0)
    answers = engine.step(now=0.01)

    assert {answer.slot for answer in answers} == set(slots[:2])
    assert engine.counters.steps == 1
    assert engine.counters.turns == 2


def test_a_step_is_due_when_everybody_is_there_or_the_first_has_waited(engine: Engine) -> None:
    first, second = engine.open(SessionContext()), engine.open(SessionContext())
    assert not engine.due(now=0.0)

    engine.offer(first, _TURN, now=1.0)
    assert not engine.due(now=1.004)
    assert engine.due(now=1.006)

    engine.offer(second, _TURN, now=1.001)
    assert engine.due(now=1.001)


def test_bad_input_is_refused_alone(engine: Engine) -> None:
    good, bad = engine.open(SessionContext()), engine.open(SessionContext())
    engine.offer(good, _TURN, now=0.0)
    engine.offer(bad, _BAD, now=0.0)
    answers = engine.step(now=0.0)

    assert [answer.slot for answer in answers] == [good]
    assert engine.counters.refused_turns == 1


def test_a_turn_answered_after_its_tick_is_counted_late(engine: Engine) -> None:
    slot = engine.open(SessionContext())
    engine.offer(slot, _TURN, now=0.0)
    answer = engine.step(now=0.1)[0]

    assert answer.late_s == pytest.approx(0.02)
    assert engine.counters.late_turns == 1


def test_turns_of_one_session_keep_their_order_one_a_step(engine: Engine) -> None:
    slot = engine.open(SessionContext())
    engine.offer(slot, _TURN, now=0.0)
    engine.offer(slot, _TURN, now=0.08)

    assert len(engine.step(now=0.08)) == 1
    assert engine.ready() == (slot,)


def test_a_session_cannot_queue_without_bound(engine: Engine) -> None:
    slot = engine.open(SessionContext())
    for _ in range(25):
        engine.offer(slot, _TURN, now=0.0)

    with pytest.raises(BadInput, match="pace of the clock"):
        engine.offer(slot, _TURN, now=0.0)


def test_a_closed_session_is_refused_and_closing_twice_is_harmless(engine: Engine) -> None:
    slot = engine.open(SessionContext())
    engine.close(slot)
    engine.close(slot)

    with pytest.raises(Conflict):
        engine.offer(slot, _TURN, now=0.0)


def test_slots_are_whole_through_claims_and_releases() -> None:
    slots = Slots(2)
    first = slots.claim()
    slots.claim()
    slots.release(first)
    slots.check_integrity()

    assert slots.claim() == first
    with pytest.raises(NotFound):
        slots.release(7)  # type: ignore[arg-type]


def test_a_lost_slot_is_found() -> None:
    slots = Slots(2)
    slots._free.pop()

    with pytest.raises(InternalError, match="lost or doubled"):
        slots.check_integrity()
