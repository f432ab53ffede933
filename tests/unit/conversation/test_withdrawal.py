"""What takes consent to the recording back, and what only sounds like it."""

import pytest
from hypothesis import given, strategies as st

from voiceagent.conversation.withdrawal import withdrawal_in
from voiceagent.speech.jsgf import parse_jsgf
from voiceagent.speech.line_rules import WITHDRAWAL, WITHDRAWAL_RULES
from voiceagent.speech.word_network import build_network

HEARD = (  # what a closed grammar holds too
    "stop recording",
    "please stop recording",
    "stop recording me",
    "please stop recording me",
    "stop recording this call",
    "stop recording please",
    "can you stop recording",
    "could you stop recording this call",
    "stop the recording",
    "please stop the recording",
    "turn off the recording",
    "turn the recording off",
    "switch off the recording",
    "don't record this",
    "don't record me",
    "do not record me",
    "please don't record this call",
    "no recording",
    "no recording please",
    "i don't want to be recorded",
    "i do not want to be recorded",
    "i don't want to be recorded anymore",
    "i don't want this call to be recorded",
    "i don't want you to record this",
    "i'd rather not be recorded",
    "i withdraw my consent",
    "i take back my consent",
    "i no longer consent to the recording",
    "i don't consent to being recorded",
)
TOLD = (  # and what people say around it, where any words are written down
    "sorry but i really don't want to be recorded",
    "my name is smith and please stop recording me now",
    "um stop recording and tell me where my order is",
    "no wait don't record that please",
    "i said stop recording",
    "you must not record this conversation",
    "i would prefer not to be recorded",
    "i revoke my permission",
    "i want you to stop the recording",
    "i object to the recording",
    "i am not comfortable with being recorded",
    "we don't want to be recorded",
    "stop taping me",
    "end the recording",
    "i withdraw my agreement to the recording",
    "i don't want you recording me",
    "i don't want you recording this",
    "i do not want anybody taping this call",
    "i would not like to be recorded",
    "i wouldn't like to be recorded",
    "i'd rather you didn't record this",
    "i would rather you did not record me",
    "i'd prefer it if you didn't record our conversation",
    "i'd rather this call wasn't recorded",
    "i'd rather you weren't recording",
    "can we stop the recording",
    "could we please stop recording",
    "may i ask you to stop recording",
    "i do not consent",
    "sorry i don't consent",
    "i withdraw my consent to the recording",
    "i withdraw my consent to you recording me",
    "i withdraw my consent to this call being recorded",
    "i withdraw my consent for this call",
    "i withdraw my consent for now",
    "i told you don't record me",
)
NONE_OF_IT = (
    "don't stop recording",
    "do not stop the recording",
    "please don't stop recording me",
    "never stop recording this call",
    "you don't need to stop recording",
    "there's no need to stop the recording",
    "my recording device is broken",
    "my camera won't stop recording",
    "it doesn't stop recording",
    "i bought a recording studio",
    "i want to return the recording",
    "where is my recording",
    "are you recording this",
    "is this call being recorded",
    "did you stop recording",
    "have you stopped recording me",
    "you may record me",
    "yes you can record this call",
    "i don't mind being recorded",
    "i want to be recorded",
    "stop",
    "stop my order",
    "i want to cancel my agreement",
    "i'd like to cancel the agreement with the gym",
    "i withdraw my consent to marketing",
    "i'd like to withdraw my consent to your newsletter",
    "i want to revoke my permission for direct debits",
    "i don't consent to the price increase",
    "i do not consent to marketing calls",
    "he told me do not record me",
    "she said stop recording me",
    "my daughter said she doesn't want to be recorded",
    "i don't want you recording my order wrong",
    "i would like to be recorded",
    "i'd rather you recorded this",
    "can we stop the delivery",
    "record",
    "no",
    "",
)


@pytest.mark.parametrize("text", [*HEARD, *TOLD])
def test_T_GD_5_who_does_not_want_to_be_recorded_is_understood(text):
    assert withdrawal_in(text) is not None


@pytest.mark.parametrize("text", NONE_OF_IT)
def test_what_only_speaks_of_recording_withdraws_nothing(text):
    assert withdrawal_in(text) is None


@pytest.mark.parametrize("text", HEARD)
def test_a_closed_grammar_can_hear_it(text):
    lines = ("grammar t;", f"public <t> = [please] {WITHDRAWAL} [please];", *WITHDRAWAL_RULES)

    assert build_network(parse_jsgf("\n".join(lines))).accepts(text.split())


def test_the_evidence_holds_the_rule_and_only_the_words_that_it_found():
    found = withdrawal_in("my name is smith please stop recording me where is my order")

    assert found is not None
    assert (found.rule, found.phrase) == ("withdrawal.1/stop", "stop recording me")


@given(st.lists(st.sampled_from("stop don't recording record me no i want to be recorded you it never my".split())))  # noqa: SIM905
def test_whatever_is_said_the_phrase_is_a_part_of_it(words):
    text = " ".join(words)
    found = withdrawal_in(text)

    assert found is None or found.phrase in text
