"""Names out of a list, or letter by letter."""

import pytest
from hypothesis import given, strategies as st

from voiceagent.conversation.spoken_names import names_at

_DOCTORS = {"Doctor Keller": ("keller", "doctor keller"), "Doctor Moreno": ("moreno",)}


def _read(said: str, choices: dict[str, tuple[str, ...]]) -> str | None:
    words = said.split()
    return next((name for end, name in names_at(choices, words, 0) if end == len(words)), None)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("keller", "Doctor Keller"),
        ("doctor keller", "Doctor Keller"),
        ("k e double l e r", "Doctor Keller"),
        ("k as in kilo e l l e r", "Doctor Keller"),
        ("kilo echo lima lima echo romeo", "Doctor Keller"),
        ("m o r e n a", None),  # one letter of six: too near a name that somebody else may have
        ("k e l l a r", None),
        ("doctor smith", None),
        ("s m i t h", None),
        ("k", None),
    ],
)
def test_a_name_of_a_list_is_said_or_spelled(said, name):
    assert _read(said, _DOCTORS) == name


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=20))
def test_without_a_list_any_name_can_be_spelled(name):
    assert _read(" ".join(name), {}) == name.capitalize()
