import pytest
from hypothesis import given, strategies as st

from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.opening import Verdict

_PROFILE = default_profile()


@pytest.mark.parametrize("text", ["yes", "yeah sure", "um yes please", "no problem", "i don't mind", "okay"])
def test_a_plain_yes_grants(text):
    assert judge_consent(text, _PROFILE) is Verdict.GRANTED


@pytest.mark.parametrize(
    "text", ["no", "no thank you", "um i'd rather not", "absolutely not", "yes i mean no", "yes no", "not okay"]
)
def test_a_no_denies_even_after_a_yes(text):
    assert judge_consent(text, _PROFILE) is Verdict.DENIED


@pytest.mark.parametrize("text", ["", "right", "mm", "yes but why", "where is my order", "yes sir no sir", "record"])
def test_what_is_unclear_is_not_a_yes(text):
    assert judge_consent(text, _PROFILE) is not Verdict.GRANTED


@given(st.lists(st.sampled_from(["um", "please", "right", "my", "order", "what", "recording"]), max_size=6))
def test_words_without_a_yes_never_grant(words):
    assert judge_consent(" ".join(words), _PROFILE) is not Verdict.GRANTED
