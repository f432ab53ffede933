import pytest

from voiceagent.conversation.lost_call import LOST, wants_call_if_lost, wants_no_call
from voiceagent.core.termination import Reason
from voiceagent.speech.jsgf import parse_jsgf
from voiceagent.speech.line_rules import IF_LOST, IF_LOST_RULES
from voiceagent.speech.word_network import WordNetwork, build_network


@pytest.fixture(scope="module")
def hearable() -> WordNetwork:
    return build_network(parse_jsgf("\n".join(("grammar t;", f"public <t> = {IF_LOST};", *IF_LOST_RULES))))


@pytest.mark.parametrize(
    "text",
    [
        "call me back if i'm silent",
        "if we get cut off call me back",
        "call me back if the line drops",
        "can you call me back if i don't answer",
    ],
)
def test_who_wants_to_be_called_should_the_call_be_lost_is_heard_and_understood(hearable, text):
    assert wants_call_if_lost(text)
    assert hearable.accepts(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "please call me if i am silent or we get disconnected",
        "in case the connection drops please ring me back",
        "if we lose each other then could somebody give me a call please",
        "um and call me back in case i stop talking",
    ],
)
def test_people_have_other_words_for_it(text):
    assert wants_call_if_lost(text)


@pytest.mark.parametrize(
    "text",
    ["call me back", "", "call me back if it rains", "if we get cut off", "don't call me back if we get cut off"],
)
def test_nothing_else_asks_for_that(text):
    assert not wants_call_if_lost(text)


def test_who_wants_no_call_any_more_is_heard_and_understood(hearable):
    assert wants_no_call("don't call me back")
    assert hearable.accepts(["don't", "call", "me", "back"])
    assert wants_no_call("there's no need to call me back")
    assert not wants_no_call("call me back")


def test_a_call_that_somebody_chose_to_end_is_not_lost():
    chosen = {Reason.CALLER_HUNG_UP, Reason.AGENT_HUNG_UP, Reason.OPERATOR_HUNG_UP, Reason.TRANSFERRED}

    assert not LOST & (chosen | {Reason.TIME_LIMIT, Reason.CONSENT_WITHHELD})
    assert {Reason.DEAD_AIR, Reason.MEDIA_LOST} <= LOST
