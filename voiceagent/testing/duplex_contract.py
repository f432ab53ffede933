"""What every DuplexModel must do, as tests: subclass `DuplexContract` in a test module, with the fixture `make_model`.

class TestMyModel(DuplexContract):
    @pytest.fixture
    def make_model(self) -> MakeModel: ...  # slots -> a model, with the same weights each time
"""

from collections.abc import Callable

import numpy as np

from voiceagent.audio.frame import ms_to_samples
from voiceagent.core.errors import BadInput, NoCapacity, NotFound
from voiceagent.interaction.contract import DuplexModel, MicroTurnIn, MicroTurnOut, SessionContext

MakeModel = Callable[[int], DuplexModel]


class DuplexContract:
    """pytest collects these through the subclass. `turns`: how long a call is; longer than a tiny model remembers."""

    turns = 30

    def test_the_three_acts_sum_to_one_and_a_backchannel_is_a_question_of_its_own(self, make_model: MakeModel) -> None:
        model = make_model(2)
        slot = model.open(SessionContext())

        for seed in range(3):
            floor = model.step({slot: noise(model, seed)})[slot].floor

            assert abs(floor.listen + floor.speak + floor.yield_ - 1.0) < 1e-5
            assert 0.0 <= floor.backchannel <= 1.0
            assert 0.0 <= floor.caller_active <= 1.0

    def test_taking_is_judged_while_the_agent_is_silent_and_yielding_while_it_speaks(
        self, make_model: MakeModel
    ) -> None:
        model = make_model(1)
        slot = model.open(SessionContext())
        silent = model.step({slot: noise(model, 1)})[slot].floor
        speaking = [model.step({slot: noise(model, seed, speaking=True)})[slot].floor for seed in range(8)]

        assert silent.yield_ == 0.0 < silent.speak
        assert [floor.speak for floor in speaking] == [0.0] * 8
        assert speaking[-1].yield_ > 0.0

    def test_a_wrong_length_names_the_slot_and_moves_nobody(self, make_model: MakeModel) -> None:
        disturbed, calm = make_model(2), make_model(2)
        first, second = ([model.open(SessionContext()) for _ in range(2)] for model in (disturbed, calm))
        told = ""
        try:
            disturbed.step({first[0]: noise(disturbed, 1), first[1]: noise(disturbed, 2, samples=640)})
        except BadInput as error:
            told = str(error)

        assert f"slot {first[1]}, caller audio" in told
        for seed in range(3, 6):
            left = disturbed.step({slot: noise(disturbed, seed + slot) for slot in first})
            right = calm.step({slot: noise(calm, seed + slot) for slot in second})
            assert [said(left[slot]) for slot in first] == [said(right[slot]) for slot in second]

    def test_a_recycled_slot_remembers_nothing_of_the_call_before(self, make_model: MakeModel) -> None:
        model, fresh = make_model(1), make_model(1)
        slot = model.open(SessionContext())
        for seed in range(self.turns):
            model.step({slot: noise(model, seed, speaking=seed % 4 > 1)})
        model.close(slot)
        again, new = model.open(SessionContext()), fresh.open(SessionContext())

        for seed in range(50, 55):
            left, right = (m.step({s: noise(m, seed)})[s] for m, s in ((model, again), (fresh, new)))
            assert said(left) == said(right)

    def test_a_call_sounds_the_same_alone_and_in_company(self, make_model: MakeModel) -> None:
        """Others come, go and are out of step."""
        model, empty = make_model(4), make_model(4)
        mine, *others = (model.open(SessionContext()) for _ in range(4))
        alone = empty.open(SessionContext())
        for seed in range(self.turns):
            crowd = {slot: noise(model, 100 + seed + slot) for slot in others[: seed % 4]}
            if seed % 7 == 6:
                model.close(others[0])
                others[0] = model.open(SessionContext())
                crowd = {}
            turn = noise(model, seed, speaking=seed % 5 > 2)

            assert said(model.step({mine: turn, **crowd})[mine]) == said(empty.step({alone: turn})[alone])

    def test_a_call_that_waits_goes_on_where_it_was(self, make_model: MakeModel) -> None:
        model, steady = make_model(2), make_model(2)
        mine, other = model.open(SessionContext()), model.open(SessionContext())
        same = steady.open(SessionContext())
        for seed in range(12):
            for pause in range(seed % 3):
                model.step({other: noise(model, 200 + pause)})

            assert said(model.step({mine: noise(model, seed)})[mine]) == said(
                steady.step({same: noise(model, seed)})[same]
            )

    def test_there_is_no_slot_more_than_there_are(self, make_model: MakeModel) -> None:
        model = make_model(1)
        model.open(SessionContext())
        told = ""
        try:
            model.open(SessionContext())
        except NoCapacity as error:
            told = str(error)

        assert "all 1 slots" in told

    def test_a_closed_slot_cannot_be_stepped(self, make_model: MakeModel) -> None:
        model = make_model(1)
        slot = model.open(SessionContext())
        model.close(slot)
        told = ""
        try:
            model.step({slot: noise(model, 1)})
        except NotFound as error:
            told = str(error)

        assert f"slot {slot} is not open" in told

    def test_no_turns_is_no_work(self, make_model: MakeModel) -> None:
        assert make_model(1).step({}) == {}


def noise(model: DuplexModel, seed: int, *, speaking: bool = False, samples: int = 0) -> MicroTurnIn:
    """A micro-turn of a noisy caller; with `speaking` the agent is heard too. `samples`: a wrong length."""
    dice = np.random.default_rng(seed)
    right = ms_to_samples(model.tick_ms)
    caller = dice.integers(-5000, 5000, samples or right).astype(np.int16)
    agent = dice.integers(-3000, 3000, right).astype(np.int16) if speaking else np.zeros(right, np.int16)
    return MicroTurnIn(
        caller_pcm=caller, agent_pcm=agent, agent_words=("order",) if speaking else (), more_to_say=speaking
    )


def said(out: MicroTurnOut) -> tuple[object, ...]:
    """Everything of an answer, comparable bit by bit."""
    own = out.own_speech
    return (out.floor, own and own.text, None if own is None or own.pcm is None else own.pcm.tobytes())
