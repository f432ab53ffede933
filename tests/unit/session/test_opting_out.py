"""Calls that we place: what is said first, and that who does not want to be called is let go at once."""

import pytest

from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.session.call_facts import OutboundFacts
from voiceagent.session.commands import EnterOptOut, Say
from voiceagent.session.opting_out import LAST_WORD_S
from voiceagent.telephony.events import ConsentWithdrawn, DisclosurePlayed, OptedOut
from voiceagent.testing.floors import CALLER_WANTS_IN
from voiceagent.testing.random_call import RandomCall
from voiceagent.testing.sample_profile import SAMPLE_CALLING, SAMPLE_REPLIES, sample_profile
from voiceagent.testing.talk_stage import TalkStage

CALLING = OutboundFacts(number_hash="hash of a number", campaign="spring")


def calling() -> TalkStage:
    stage = TalkStage(SAMPLE_REPLIES, sample_profile(outbound=SAMPLE_CALLING), calling=CALLING)
    stage.begin()
    return stage


def talking() -> TalkStage:
    """The opening is over, with consent by key."""
    stage = calling()
    stage.run(6000)
    stage.key("1")
    stage.run(2000)
    return stage


def said(stage: TalkStage) -> list[str]:
    return [what.plan.text for _, what in stage.timeline if isinstance(what, Say)]


def test_who_calls_comes_first_then_how_not_to_be_called_then_the_recording_and_where_to_call_back():
    stage = calling()
    stage.run(6000)

    played = stage.noted(DisclosurePlayed)
    assert said(stage)[:4] == [
        SAMPLE_CALLING.identification,
        SAMPLE_CALLING.offer,
        "calls are recorded call us on five",
        "may we",
    ]
    assert [event.prompt for event in played] == ["disclosure", "offer", "notice"]
    assert all(event.completed for event in played)


def test_T_US_2_the_offer_begins_within_two_seconds_of_the_end_of_the_identification():
    stage = calling()
    stage.run(4000)

    disclosed, offered = stage.noted(DisclosurePlayed)[:2]
    assert 0 <= offered.start_ms - disclosed.end_ms <= 2000


@pytest.mark.parametrize("ms", range(100, 6000, 700))
def test_T_FSM_2_speaking_over_the_preamble_does_not_shorten_it(ms):
    stage = calling()
    stage.run(ms // 20 * 20)
    stage.caller_says("opening hours", 800, CALLER_WANTS_IN)
    stage.recogniser_closes()
    stage.run(6000, CALLER_WANTS_IN)

    assert [(one.prompt, one.completed) for one in stage.noted(DisclosurePlayed)] == [
        ("disclosure", True),
        ("offer", True),
        ("notice", True),
    ]


@pytest.mark.parametrize("ms", range(100, 6000, 700))
def test_T_US_3_nine_opts_out_at_any_moment_of_the_opening(ms):
    stage = calling()
    stage.run(ms // 20 * 20)
    stage.key("9")

    (entered,) = stage.commanded(EnterOptOut)
    (event,) = stage.noted(OptedOut)
    assert entered == stage.now_ms
    assert (event.number_hash, event.campaign, event.method) == ("hash of a number", "spring", "dtmf")


@pytest.mark.parametrize(
    "words", ["stop calling me", "please take me off your list", "don't ever call here again", "no more calls"]
)
def test_T_US_3_clear_words_opt_out_in_the_opening_and_in_the_talk(words):
    for stage in (calling(), talking()):
        stage.run(400)
        stage.caller_says(words, 800)
        stage.recogniser_closes()

        (event,) = stage.noted(OptedOut)
        assert event.method == "voice"


def test_T_US_3_nothing_is_asked_or_said_before_it_is_entered_and_then_one_last_word():
    stage = talking()
    stage.caller_asks("opening hours")
    stage.run(400)
    stage.key("9")
    stage.run(800)
    before = len(said(stage))
    stage.caller_says("where is my order", 800)
    stage.recogniser_closes()
    stage.run(8000)

    assert len(said(stage)) == before
    stage.perform(stage.talk.on_opted_out())
    (last,) = [what.plan for _, what in stage.timeline if isinstance(what, Say)][before:]
    assert (last.text, last.kind) == (SAMPLE_CALLING.opted_out, UtteranceKind.GOODBYE)
    stage.run(1000)
    assert stage.ended is not None
    assert stage.ended.reason == "opted_out"


def test_the_last_word_is_cut_within_a_second():
    assert LAST_WORD_S < 1.0


def test_a_nine_that_begins_a_number_in_the_talk_is_one():
    stage = talking()
    stage.key("9")
    stage.run(320)
    stage.key("4")
    stage.run(3000)

    assert stage.noted(OptedOut) == []


def test_star_nine_ends_the_recording_and_not_the_call():
    stage = talking()
    stage.key("*")
    stage.key("9")
    stage.run(3000)

    assert stage.noted(OptedOut) == []
    assert len(stage.noted(ConsentWithdrawn)) == 1


def test_our_own_offer_that_comes_back_as_an_echo_is_nobodys_wish():
    script = sample_profile(outbound=SAMPLE_CALLING).outbound
    assert script is not None
    stage = TalkStage(
        SAMPLE_REPLIES,
        sample_profile(outbound=type(script)(**{**_fields(script), "offer": "press nine or say stop calling me"})),
        calling=CALLING,
    )
    stage.begin()
    stage.run(1600)
    stage.caller_says("stop calling me", 600)
    stage.recogniser_closes()

    assert stage.noted(OptedOut) == []


def _fields(script: object) -> dict:
    return {name: getattr(script, name) for name in script.__slots__}


def test_who_opts_out_twice_is_entered_once():
    stage = calling()
    stage.run(400)
    stage.key("9")
    stage.key("9")
    stage.caller_says("stop calling me", 600)
    stage.recogniser_closes()

    assert len(stage.commanded(EnterOptOut)) == 1


def test_who_called_us_is_asked_for_a_number_that_begins_with_nine_as_ever():
    stage = TalkStage(SAMPLE_REPLIES, sample_profile(outbound=SAMPLE_CALLING))
    stage.begin()
    stage.run(2000)
    stage.key("9")

    assert stage.noted(OptedOut) == []


def test_T_FSM_1_v_an_opt_out_is_entered_once_and_nothing_but_a_last_word_follows():
    calls = [RandomCall(seed, calling=True).run() for seed in range(300)]

    assert [what for call in calls for what in call.broken] == []
    assert sum("call.opted_out" in call.kinds for call in calls) > 50
