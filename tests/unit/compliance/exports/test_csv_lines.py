import csv
import io
import re

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
        "\tx",
        "\rx",
        "\nx",
        " =HYPERLINK(1)",
        "\uff1d1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_T_EXP_6_text_that_a_spreadsheet_would_calculate_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("hello;=HYPERLINK(1)", "hello;'=HYPERLINK(1)"),
        ('she said ";  +1', "she said \";'  +1"),
        ("first\n=1\r\n@2", "first\n'=1\r\n'@2"),
        ("a\t-1;;=2", "a\t'-1;;'=2"),
        ("\n=1", "\n'=1"),
    ],
)
def test_T_EXP_6_no_formula_begins_inside_of_a_text_where_lines_are_taken_apart_at_semicolons(
    text: str, harmless: str
) -> None:
    assert cell(text) == harmless


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("where is my order", "where is my order"),
        ("order 5-3; then a=b", "order 5-3; then a=b"),
        (-5, "-5"),
        (None, ""),
        (True, "true"),
        ({"b": 1, "a": "="}, '{"a": "=", "b": 1}'),
    ],
)
def test_what_is_no_formula_stays_as_it_is(value: object, text: str) -> None:
    assert cell(value) == text


@given(
    st.lists(
        st.text(st.sampled_from("=+-@;\t\r\n a'\"") | st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4
    )
)
def test_T_EXP_6_no_cell_begins_a_formula_and_nothing_is_lost(texts: list[str]) -> None:
    names = [f"c{at}" for at in range(len(texts))]

    line = csv_line(names, dict(zip(names, texts, strict=True))).decode()

    (cells,) = csv.reader(io.StringIO(line, newline=""))
    assert [one.replace("'", "") for one in cells] == [text.replace("'", "") for text in texts]
    began = [part.lstrip() for one in cells for part in re.split("[;\t\r\n]", one)]
    assert not any(part.startswith(("=", "+", "-", "@")) for part in began)
    assert line.endswith("\r\n")
