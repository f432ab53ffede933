"""The floor policy: how sure is sure, what may interrupt, and who must not be disturbed."""

import pytest
from hypothesis import given, strategies as st

from voiceagent.conversation.floor import FloorAct, FloorPolicy, FloorThresholds, FloorView
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.profile import BackchannelLevel, BargeIn, FloorKnobs
from voiceagent.testing.floors import floor

_TURN_MS = 80


def acts(
    policy: FloorPolicy, views: list[FloorProbabilities], *, speaking: bool, protected: bool = False, from_ms: int = 0
) -> list[FloorAct | None]:
    """The policy's act for each micro-turn."""
    return [
        policy.step(
            FloorView(floor=view, now_ms=from_ms + _TURN_MS * (index + 1), speaking=speaking, protected=protected)
        )
        for index, view in enumerate(views)
    ]


def yields(*wishes: float) -> list[FloorProbabilities]:
    return [floor(yield_=wish) for wish in wishes]


def speaks(*wishes: float) -> list[FloorProbabilities]:
    return [floor(speak=wish) for wish in wishes]


# -- taking the floor -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patience", "take", "turns"),
    [(0.0, 0.35, 1), (0.25, 0.475, 1), (0.5, 0.6, 1), (0.6, 0.65, 2), (0.8, 0.75, 2), (1.0, 0.85, 3)],
)
def test_patience_asks_for_more_certainty_and_more_of_it(patience, take, turns):
    thresholds = FloorThresholds.of(FloorKnobs(patience=patience))

    assert thresholds.take == pytest.approx(take)
    assert thresholds.take_turns == turns


def test_an_impatient_agent_takes_the_floor_at_once():
    policy = FloorPolicy(FloorKnobs(patience=0.0))

    assert acts(policy, speaks(0.34, 0.36), speaking=False) == [None, FloorAct.TAKE]


def test_a_patient_agent_takes_the_floor_in_the_third_sure_micro_turn_running():
    policy = FloorPolicy(FloorKnobs(patience=1.0))

    assert acts(policy, speaks(0.9, 0.9, 0.8, 0.9, 0.9, 0.9), speaking=False) == [None] * 5 + [FloorAct.TAKE]


@given(speak=st.floats(0, 0.333) | st.floats(0.334, 1))  # a third has the odds of 0.6 when they are three times as high
def test_complete_words_make_an_end_likelier_and_never_certain(speak):
    plain, complete = (
        FloorPolicy(FloorKnobs(patience=0.5)).step(
            FloorView(floor=floor(speak=speak), now_ms=80, speaking=False, protected=False, complete=complete)
        )
        for complete in (False, True)
    )

    assert (plain is FloorAct.TAKE) == (speak >= 0.6)
    assert (complete is FloorAct.TAKE) == (speak > 1 / 3)


def test_what_was_sure_before_the_agent_spoke_does_not_count_after_it():
    policy = FloorPolicy(FloorKnobs(patience=1.0))
    acts(policy, speaks(0.9, 0.9), speaking=False)
    acts(policy, speaks(0.9), speaking=True)

    assert acts(policy, speaks(0.9, 0.9, 0.9), speaking=False) == [None, None, FloorAct.TAKE]


def test_a_speaking_agent_does_not_take_the_floor_it_has():
    policy = FloorPolicy(FloorKnobs(patience=0.0))

    assert acts(policy, speaks(1.0, 1.0), speaking=True) == [None, None]


# -- giving it up -----------------------------------------------------------------------------------------------------


def test_a_clear_wish_stops_the_agent_at_once():
    assert acts(FloorPolicy(FloorKnobs()), yields(0.6), speaking=True) == [FloorAct.STOP]


def test_a_growing_wish_ducks_first_and_stops_when_it_is_clear():
    assert acts(FloorPolicy(FloorKnobs()), yields(0.5, 0.6), speaking=True) == [FloorAct.DUCK, FloorAct.STOP]


def test_a_doubtful_wish_ducks_and_is_taken_back_below_the_lower_threshold_only():
    policy = FloorPolicy(FloorKnobs())

    assert acts(policy, yields(0.5, 0.45, 0.31, 0.29, 0.29), speaking=True) == [
        FloorAct.DUCK,
        None,
        None,
        FloorAct.UNDUCK,
        None,
    ]


def test_doubt_that_never_becomes_sure_ducks_once():
    assert acts(FloorPolicy(FloorKnobs()), yields(*[0.55] * 20), speaking=True) == [FloorAct.DUCK] + [None] * 19


def test_a_silent_agent_has_nothing_to_yield():
    assert acts(FloorPolicy(FloorKnobs()), yields(1.0, 1.0), speaking=False) == [None, None]


# -- guards -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_nothing_disturbs_a_protected_span(wishes):
    policy = FloorPolicy(FloorKnobs())

    assert set(acts(policy, yields(*wishes), speaking=True, protected=True)) == {None}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from([BargeIn.NONE, BargeIn.DTMF]))
def test_speech_interrupts_nothing_where_the_knob_says_so(wishes, barge_in):
    policy = FloorPolicy(FloorKnobs(barge_in=barge_in))

    assert set(acts(policy, yields(*wishes), speaking=True)) == {None}


@pytest.mark.parametrize("barge_in", [BargeIn.SPEECH, BargeIn.ANY])
def test_speech_interrupts_where_the_knob_says_so(barge_in):
    assert acts(FloorPolicy(FloorKnobs(barge_in=barge_in)), yields(1.0), speaking=True) == [FloorAct.STOP]


def test_the_protected_opening_ends_with_its_second():
    policy = FloorPolicy(FloorKnobs(protected_opening_s=1.0))

    assert acts(policy, yields(1.0, 1.0), speaking=True, from_ms=840) == [None, FloorAct.STOP]
    assert policy.guarded(999, protected=False)
    assert not policy.guarded(1000, protected=False)


def test_a_guard_that_begins_while_ducked_takes_the_ducking_back():
    policy = FloorPolicy(FloorKnobs())
    acts(policy, yields(0.55), speaking=True)

    assert acts(policy, yields(0.55, 0.55), speaking=True, protected=True) == [FloorAct.UNDUCK, None]


def test_wishes_during_a_guard_do_not_count_after_it():
    policy = FloorPolicy(FloorKnobs())
    acts(policy, yields(0.7), speaking=True, protected=True)

    assert acts(policy, yields(0.55), speaking=True) == [FloorAct.DUCK]


# -- backchannels -----------------------------------------------------------------------------------------------------


def signs(level: BackchannelLevel, seconds: int) -> list[int]:
    """When the agent made a sign of listening, in ms, for a model that always wants one."""
    turns = seconds * 1000 // _TURN_MS
    made = acts(FloorPolicy(FloorKnobs(backchannel=level)), [floor(backchannel=1.0)] * turns, speaking=False)
    return [_TURN_MS * (index + 1) for index, act in enumerate(made) if act is FloorAct.BACKCHANNEL]


def test_signs_of_listening_keep_their_distance():
    assert signs(BackchannelLevel.NORMAL, 20) == [80, 4080, 8080, 12_080, 16_080]
    assert signs(BackchannelLevel.LOW, 20) == [80, 8080, 16_080]
    assert signs(BackchannelLevel.OFF, 20) == []


def test_a_weak_wish_is_no_sign():
    policy = FloorPolicy(FloorKnobs())

    assert acts(policy, [floor(backchannel=0.49), floor(backchannel=0.5)], speaking=False) == [
        None,
        FloorAct.BACKCHANNEL,
    ]


def test_taking_the_floor_goes_before_a_sign():
    policy = FloorPolicy(FloorKnobs(patience=0.0))

    assert acts(policy, [floor(speak=0.5, backchannel=0.5)], speaking=False) == [FloorAct.TAKE]


def test_thresholds_can_be_replaced_for_a_sweep_and_guards_still_hold():
    eager = FloorThresholds(take=0.0, take_turns=1, stop=0.0, duck=0.0)

    assert acts(FloorPolicy(FloorKnobs(), eager), yields(0.0), speaking=True) == [FloorAct.STOP]
    assert acts(FloorPolicy(FloorKnobs(), eager), yields(1.0), speaking=True, protected=True) == [None]
