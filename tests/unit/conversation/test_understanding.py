"""How long runs of numbers are understood: the right ones as ever, the endless ones at no cost."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from voiceagent.conversation.profile import AgentProfile, SlotSpec, SlotType
from voiceagent.conversation.understanding import understand
from voiceagent.testing.sample_profile import sample_profile

_NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def _profile(**lengths: int) -> AgentProfile:
    """Two slots: `number`, six to eight figures long unless told, and `sure`, a yes or no."""
    number = SlotSpec(name="number", type=SlotType.DIGITS, ask="", **{"min_length": 6, "max_length": 8, **lengths})
    sure = SlotSpec(name="sure", type=SlotType.YES_NO, ask="")
    return replace(sample_profile(), slots={"number": number, "sure": sure})


def _number(text: str, profile: AgentProfile | None = None) -> str | None:
    meaning = understand(text, profile or _profile(), asked="number")
    return meaning.slots.get("number") if meaning is not None else None


@given(st.text("0123456789", min_size=1, max_size=32))
def test_a_number_of_any_allowed_length_is_understood_digit_by_digit(figures):
    said = " ".join(_NAMES[int(figure)] for figure in figures)

    assert _number(said, _profile(min_length=1, max_length=32)) == figures


@pytest.mark.parametrize(
    ("said", "figures"),
    [
        ("forty two eighteen double seven", "421877"),
        ("double one double two double three double four", "11223344"),
        ("triple one double one triple two", "11111222"),
        ("double one double two double double three double four", "11223344"),  # one "double" said twice
        ("one two three four five six seven eight nine", None),
        ("one two three four five", None),
    ],
)
def test_a_number_is_its_figures_not_its_words(said, figures):
    assert _number(said) == figures


# Each word looked at once for every other would take minutes, and end at the limit that every test has
@pytest.mark.parametrize("asked", ["number", "sure", ""])
@pytest.mark.parametrize("word", ["one", "yes", "double"])
def test_a_run_without_end_means_nothing_and_holds_nobody_up(asked, word):
    assert understand(" ".join([word] * 20_000), _profile(), asked) is None


@pytest.mark.parametrize("said", ["mm hm", "mm-hm", "uh huh", "uh-huh", "mhm", "yeah mm hm"])
def test_a_sign_of_listening_is_one_however_it_is_written(said):
    meaning = understand(said, _profile())

    assert meaning is not None
    assert meaning.listening or meaning.yes
