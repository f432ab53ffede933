"""A CSV file that is appended to keeps what it was given, whatever that is."""

import csv

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from voiceagent.core.errors import ConfigError
from voiceagent_integrations.csv_files import table

COLUMNS = ("a", "b")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=50)
@given(TEXT, TEXT)
@example('=cmd|" /C calc"!A0', "'quoted\\n")
@example('line\r\nbreak, "quote"', "\\")
@example("", "-1")
def test_hostile_text_comes_back_and_runs_in_no_spreadsheet(tmp_path, one, other):
    path = tmp_path / "t.csv"
    path.unlink(missing_ok=True)

    for _ in range(2):
        table.append(path, COLUMNS, lambda _: {"a": one, "b": other})

    assert table.read_log(path, COLUMNS) == [{"a": one, "b": other}] * 2
    cells = [cell for line in csv.reader(path.read_bytes().decode().split("\n")) for cell in line]
    assert not any(cell[:1] in {"=", "+", "-", "@", "\t"} for cell in cells if cell)


def test_a_line_that_a_crash_tore_is_cut_off(tmp_path):
    path = tmp_path / "t.csv"
    table.append(path, COLUMNS, lambda _: {"a": "1", "b": "2"})
    with path.open("a") as file:
        file.write('3,"hal')

    before = table.read_log(path, COLUMNS)
    table.append(path, COLUMNS, lambda rows: {"a": str(len(rows)), "b": "x"})

    assert before == [{"a": "1", "b": "2"}]
    assert table.read(path, COLUMNS) == [{"a": "1", "b": "2"}, {"a": "1", "b": "x"}]


def test_the_columns_of_the_file_stay_where_they_are(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("b,remark,a\n2,mine,1\n")

    table.append(path, COLUMNS, lambda _: {"a": "3", "b": "4"})

    assert path.read_text().splitlines() == ["b,remark,a", "2,mine,1", "4,,3"]


def test_what_a_spreadsheet_saved_is_read(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffb,extra,a\r\n"Müller, ""Max""",x,1\r\n'.encode())

    assert table.read(path, COLUMNS) == [{"a": "1", "b": 'Müller, "Max"'}]


@pytest.mark.parametrize("content", [b"a;b\n1;2\n", b"a\n1\n", b"\xff\xfe\x00", b'a,b\n"1,2\n'])
def test_what_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"t\.csv"):
        table.read(path, COLUMNS)
