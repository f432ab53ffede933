import csv
import io

import pytest
from hypothesis import given, strategies as st

from voiceagent.compliance.exports.csv_lines import cell, csv_line


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+49301112",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =HYPERLINK(1)",
        "\uff1d1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_T_EXP_6_text_that_a_spreadsheet_would_calculate_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("where is my order", "where is my order"),
        (-5, "-5"),
        (None, ""),
        (True, "true"),
        ({"b": 1, "a": "="}, '{"a": "=", "b": 1}'),
    ],
)
def test_what_is_no_formula_stays_as_it_is(value: object, text: str) -> None:
    assert cell(value) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_T_EXP_6_no_cell_begins_a_formula_and_nothing_is_lost(texts: list[str]) -> None:
    names = [f"c{at}" for at in range(len(texts))]

    line = csv_line(names, dict(zip(names, texts, strict=True))).decode()

    (cells,) = csv.reader(io.StringIO(line, newline=""))
    assert [one.removeprefix("'") for one in cells] == [text.removeprefix("'") for text in texts]
    assert not any(one.lstrip().startswith(("=", "+", "-", "@")) for one in cells)
    assert line.endswith("\r\n")
