"""How long a caller asks for when they ask for time. 40 s are usual here."""

import pytest
from hypothesis import given, strategies as st

from voiceagent.conversation.asked_time import MOST_S, asked_time
from voiceagent.speech.jsgf import parse_jsgf
from voiceagent.speech.line_rules import ASKED_TIME, ASKED_TIME_RULES
from voiceagent.speech.word_network import build_network


@pytest.mark.parametrize(
    "text",
    [
        "hold on",
        "hang on a second please",
        "just a second",
        "one moment",
        "just a moment thank you",
        "um okay give me a moment",
        "could you hold on one moment",
        "yes one second",
        "bear with me",
        "i need more time",
        "hold on while i get my card",
        "give me a moment to find it",
        "two seconds",  # nobody means two
    ],
)
def test_who_names_no_time_gets_what_is_usual(text):
    assert asked_time(text, 40.0) == 40.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("give me a minute", 60),
        ("wait a minute", 60),
        ("thirty seconds", 30),
        ("half a minute please", 30),
        ("give me two minutes", 120),
        ("give me 2 minutes", 120),
        ("can you give me twenty five seconds", 25),
        ("another two minutes", 120),
        ("a minute or two", 120),
        ("a couple of minutes", 120),
        ("hold on for a few minutes", 180),
        ("hold on give me two minutes", 120),
        ("ninety seconds", 90),
        ("give me ten minutes", MOST_S),
    ],
)
def test_the_time_that_the_caller_names_is_given_up_to_five_minutes(text, seconds):
    assert asked_time(text, 40.0) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "wait",  # takes back what was said
        "no",
        "yes",
        "second",
        "the second",
        "one two",
        "half past three",
        "no wait a minute",
        "hold on to my parcel",
        "hold on where is my order",
        "two minutes ago i called",
        "how long does it take",
        "time",
    ],
)
def test_nothing_else_asks_for_time(text):
    assert asked_time(text, 40.0) is None


_WORDS = st.sampled_from("hold on wait a one minute second two give me just please half of no time 0".split())  # noqa: SIM905


@given(st.lists(_WORDS))
def test_whatever_is_asked_for_is_some_time_and_never_too_much(words):
    seconds = asked_time(" ".join(words), 40.0)

    assert seconds is None or 0 < seconds <= MOST_S


@pytest.mark.parametrize(
    "text",
    ["hold on", "hang on for a second", "give me two minutes", "thirty seconds", "half a minute", "just a moment"],
)
def test_what_can_be_heard_is_understood(text):
    network = build_network(parse_jsgf("\n".join(("grammar t;", f"public <t> = {ASKED_TIME};", *ASKED_TIME_RULES))))

    assert network.accepts(text.split())
    assert asked_time(text, 40.0) is not None
