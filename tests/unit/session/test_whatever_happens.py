"""A talk in which anything may happen in any order."""

from collections import Counter

from hypothesis import example, given, settings, strategies as st

from voiceagent.conversation.delegation import Commentary, WorkDone
from voiceagent.conversation.late_results import Lateness
from voiceagent.conversation.profile import BargeIn, FloorKnobs
from voiceagent.session.commands import StartWork
from voiceagent.telephony.events import (
    AgentSaid,
    DelegationEnded,
    DelegationStarted,
    ResultCameLate,
)
from voiceagent.testing.floors import (
    CALLER_SPEAKS,
    CALLER_WANTS_IN,
    NOBODY,
    OUR_TURN,
    PERHAPS_WANTS_IN,
    WANTS_A_SIGN,
)
from voiceagent.testing.sample_profile import SAMPLE_REPLIES, sample_profile
from voiceagent.testing.talk_stage import TalkStage

_views = st.sampled_from([NOBODY, CALLER_SPEAKS, OUR_TURN, CALLER_WANTS_IN, PERHAPS_WANTS_IN, WANTS_A_SIGN])
_OF_THE_LINE = ("hold on", "thirty seconds", "call me back if i'm silent", "don't call me back")
_happenings = st.one_of(
    st.tuples(st.just("run"), st.integers(1, 40), _views),
    st.tuples(
        st.just("says"), st.sampled_from(["yes", "no", "", *_OF_THE_LINE, *SAMPLE_REPLIES]), st.integers(1, 20), _views
    ),
    st.tuples(st.just("closes")),
    st.tuples(st.just("key"), st.sampled_from("0123456789*#")),
    st.tuples(st.just("found"), st.booleans()),
    st.tuples(st.just("done"), st.sampled_from(["ok", "not_found", "unreachable", "failed"])),
)


def happen(stage: TalkStage, what: tuple) -> None:
    match what:
        case ("run", turns, view):
            stage.run(turns * 80, view)
        case ("says", words, turns, view):
            stage.caller_says(words, turns * 80, view)
        case ("closes",):
            stage.recogniser_closes()
        case ("key", key):
            stage.key(key)
        case ("found", newest) if stage.packages:
            stage.report(stage.packages[-1 if newest else 0].delegation_id, Commentary(text="it left"))
        case ("done", outcome) if stage.packages:
            stage.report(stage.packages[-1].delegation_id, WorkDone(outcome=outcome))


_NOTHING_THEN_SOMETHING = [
    ("run", 17, NOBODY),
    ("says", "no", 1, NOBODY),
    ("closes",),
    ("says", "where is my order", 1, CALLER_SPEAKS),
    ("run", 32, NOBODY),
    ("done", "ok"),
    ("found", False),
]


@given(
    happenings=st.lists(_happenings, max_size=25),
    barge_in=st.sampled_from(BargeIn),
    patience=st.sampled_from([0, 0.5, 1]),
)
@example(_NOTHING_THEN_SOMETHING, BargeIn.NONE, 0)
@settings(max_examples=80)
def test_whatever_happened_silence_ends_the_call_and_the_books_are_straight(happenings, barge_in, patience):
    stage = TalkStage(SAMPLE_REPLIES, sample_profile(knobs=FloorKnobs(barge_in=barge_in, patience=patience)))
    stage.begin()
    for what in happenings:
        if stage.ended is None:
            happen(stage, what)
    stage.run(90_000 + 60_000)  # who asked for time has it first

    assert stage.ended is not None
    said = [event.utterance_id for event in stage.noted(AgentSaid)]
    assert len(said) == len(set(said))
    assert all(event.start_ms <= event.end_ms for event in stage.noted(AgentSaid))
    assert all(event.planned.startswith(event.played) for event in stage.noted(AgentSaid))
    begun = [event.delegation_id for event in stage.noted(DelegationStarted)]
    ended = [event.delegation_id for event in stage.noted(DelegationEnded)]
    taken_up = [event.delegation_id for event in stage.noted(ResultCameLate) if event.reason == Lateness.GIVEN_UP]
    assert not Counter(ended) - Counter({*ended}) - Counter(taken_up)  # a second end has a reason in the record
    assert set(ended) <= set(begun)
    assert len(stage.commanded(StartWork)) == len(begun)
