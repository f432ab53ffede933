import pytest
from hypothesis import given, strategies as st

from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.consent_answer import judge_consent, judge_words
from voiceagent.conversation.corrections import NON_ANSWERS
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.opening import Verdict

_PROFILE = default_profile()


@pytest.mark.parametrize("text", ["yes", "yeah sure", "um yes please", "yes you may", "go ahead"])
def test_a_plain_yes_grants(text):
    assert judge_words(text, _PROFILE) is Verdict.GRANTED


@pytest.mark.parametrize(
    "text", ["no", "no thank you", "um i'd rather not", "absolutely not", "yes i mean no", "yes no", "please don't"]
)
def test_a_no_denies_even_after_a_yes(text):
    assert judge_words(text, _PROFILE) is Verdict.DENIED


@pytest.mark.parametrize(
    "text", ["", "right", "mm", "yes but why", "where is my order", "yes sir no sir", "record", "okay"]
)
def test_what_is_unclear_is_not_a_yes(text):
    assert judge_words(text, _PROFILE) is not Verdict.GRANTED


@given(st.lists(st.sampled_from(["um", "please", "right", "my", "order", "what", "recording"]), max_size=6))
def test_words_without_a_yes_never_grant(words):
    assert judge_words(" ".join(words), _PROFILE) is not Verdict.GRANTED


@pytest.mark.parametrize(
    "text", ["no actually yes", "no wait yes", "nope sorry sure", "yes i mean sure", "no go ahead"]
)
def test_an_answer_that_was_changed_does_not_grant(text):
    assert judge_words(text, _PROFILE) is not Verdict.GRANTED


def _heard(text: str, confidence: float, *, understood: bool = True) -> Recognised:
    return Recognised(text=text, final=True, understood=understood, confidence=confidence, start_ms=0, end_ms=400)


@pytest.mark.parametrize(("confidence", "verdict"), [(0.95, Verdict.GRANTED), (0.6, Verdict.PROBABLE)])
def test_a_yes_that_was_not_surely_heard_is_only_probable(confidence, verdict):
    assert judge_consent(_heard("yes please", confidence), _PROFILE) is verdict


def test_a_no_needs_no_certainty():
    assert judge_consent(_heard("no thank you", 0.55), _PROFILE) is Verdict.DENIED


def test_words_that_were_not_understood_are_unclear_whatever_they_seem_to_be():
    assert judge_consent(_heard("yes", 0.4, understood=False), _PROFILE) is Verdict.UNCLEAR


@pytest.mark.parametrize("text", NON_ANSWERS)
def test_what_people_say_instead_of_an_answer_is_unclear(text):
    assert judge_words(text, _PROFILE) is Verdict.UNCLEAR
