import pytest
from hypothesis import given, strategies as st

from voiceagent.conversation.spoken_digits import DIGITS, spelled_out, spoken_digits


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("four eight two one five", "48215"),
        ("double five oh six one", "55061"),
        ("triple zero seven", "0007"),
        ("forty eight twenty one", "4821"),
        ("twenty oh five", "2005"),
        ("two thousand fifteen", "200015"),
        ("4821", "4821"),
        ("it's four and two", "42"),
        ("double", ""),
        ("", ""),
    ],
)
def test_figures_are_read_as_they_are_said(words, figures):
    assert spoken_digits(words.split()) == figures


_NAMES = {figure: word for word, figure in DIGITS.items()}


@given(st.text(alphabet="0123456789", max_size=12))
def test_digits_said_one_by_one_come_back(figures):
    assert spoken_digits([_NAMES[figure] for figure in figures]) == figures
    assert spelled_out(figures).replace(" ", "") == figures
