import numpy as np
import pytest

from voiceagent.core.errors import BadInput, NoCapacity, NotFound
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.contract import MicroTurnIn, SessionContext
from voiceagent.interaction.model.network import DuplexNetwork


def _turn(seed: int, samples: int = 1280, *, more_to_say: bool = False) -> MicroTurnIn:
    noise = np.random.default_rng(seed).integers(-5000, 5000, samples).astype(np.int16)
    return MicroTurnIn(caller_pcm=noise, agent_pcm=np.zeros(1280, np.int16), more_to_say=more_to_say)


def test_the_four_acts_sum_to_one(toy: DuplexNetwork) -> None:
    model = NativeModel(toy, slots=2)
    slot = model.open(SessionContext())
    floor = model.step({slot: _turn(1)})[slot].floor

    assert floor.listen + floor.speak + floor.backchannel + floor.yield_ == pytest.approx(1.0)
    assert 0.0 <= floor.caller_active <= 1.0


def test_speak_is_asked_only_while_the_agent_is_silent(toy: DuplexNetwork) -> None:
    model = NativeModel(toy, slots=1)
    slot = model.open(SessionContext())
    silent = model.step({slot: _turn(1)})[slot].floor
    speaking = model.step({slot: _turn(2, more_to_say=True)})[slot].floor

    assert silent.yield_ == 0.0 < silent.speak
    assert speaking.speak == 0.0 < speaking.yield_


def test_a_wrong_length_names_the_slot_and_moves_nobody(toy: DuplexNetwork) -> None:
    disturbed, calm = NativeModel(toy, slots=2), NativeModel(toy, slots=2)
    for model in (disturbed, calm):
        model.open(SessionContext())
        model.open(SessionContext())
    first, second = 0, 1
    with pytest.raises(BadInput, match="slot 1, caller audio"):
        disturbed.step({first: _turn(1), second: _turn(2, samples=640)})

    turns = {first: _turn(3), second: _turn(4)}
    assert disturbed.step(turns) == calm.step(turns)
    disturbed.check_integrity()


def test_a_recycled_slot_remembers_nothing_of_the_call_before(toy: DuplexNetwork) -> None:
    model, fresh = NativeModel(toy, slots=1), NativeModel(toy, slots=1)
    slot = model.open(SessionContext())
    for seed in range(5):
        model.step({slot: _turn(seed)})
    model.close(slot)
    again, new = model.open(SessionContext()), fresh.open(SessionContext())

    assert model.step({again: _turn(9)}) == fresh.step({new: _turn(9)})


def test_a_call_sounds_the_same_alone_and_in_company(toy: DuplexNetwork) -> None:
    model, empty = NativeModel(toy, slots=4), NativeModel(toy, slots=4)
    mine, *others = (model.open(SessionContext()) for _ in range(4))
    alone = empty.open(SessionContext())
    for seed in range(6):
        crowd = {slot: _turn(100 + seed + slot) for slot in others[: seed % 4]}
        in_company = model.step({mine: _turn(seed), **crowd})[mine]

        assert in_company == empty.step({alone: _turn(seed)})[alone]


def test_there_is_no_slot_more_than_there_are(toy: DuplexNetwork) -> None:
    model = NativeModel(toy, slots=1)
    model.open(SessionContext())

    with pytest.raises(NoCapacity, match="all 1 slots"):
        model.open(SessionContext())


def test_a_closed_slot_cannot_be_stepped(toy: DuplexNetwork) -> None:
    model = NativeModel(toy, slots=1)
    slot = model.open(SessionContext())
    model.close(slot)

    with pytest.raises(NotFound, match="slot 0 is not open"):
        model.step({slot: _turn(1)})


def test_no_turns_is_no_work(toy: DuplexNetwork) -> None:
    assert NativeModel(toy, slots=1).step({}) == {}
