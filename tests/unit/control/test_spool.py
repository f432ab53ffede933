from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.control.spool import SpoolFile, adopt_left_over


def _drain(spool: SpoolFile, step: int) -> list[bytes]:
    found: list[bytes] = []
    while True:
        lines, position = spool.peek(step)
        if not lines:
            return found
        found += lines
        spool.drop_to(position)


LINES = st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=30)


@settings(max_examples=25)  # each one waits for the disk
@given(st.lists(LINES, max_size=5), st.integers(1, 9))
def test_lines_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[bytes]], step: int
) -> None:
    spool = SpoolFile.create(tmp_path_factory.mktemp("spool"))

    for batch in batches:
        spool.write(batch)

    assert _drain(spool, step) == [line for batch in batches for line in batch]
    spool.remove()


def test_lines_written_while_it_is_drained_come_after_the_others(tmp_path: Path) -> None:
    spool = SpoolFile.create(tmp_path)
    spool.write([b"1", b"2"])
    first, position = spool.peek(1)
    spool.write([b"3"])
    spool.drop_to(position)

    assert first + _drain(spool, 1) == [b"1", b"2", b"3"]
    spool.remove()


def test_a_removed_spool_leaves_no_file(tmp_path: Path) -> None:
    spool = SpoolFile.create(tmp_path)
    spool.remove()

    assert list(tmp_path.iterdir()) == []


def test_a_spool_in_use_is_not_left_over(tmp_path: Path) -> None:
    spool = SpoolFile.create(tmp_path)

    assert adopt_left_over(tmp_path) == []
    spool.release()

    (adopted,) = adopt_left_over(tmp_path)
    assert adopt_left_over(tmp_path) == []
    adopted.remove()


def test_a_torn_last_line_is_not_read(tmp_path: Path) -> None:
    spool = SpoolFile.create(tmp_path)
    spool.write([b"whole"])
    spool.release()
    with next(tmp_path.iterdir()).open("ab") as torn:
        torn.write(b"half of a li")

    (adopted,) = adopt_left_over(tmp_path)

    assert _drain(adopted, 10) == [b"whole"]
    adopted.remove()


def test_left_over_spools_come_oldest_first(tmp_path: Path) -> None:
    names = ["spool_01A.jsonl", "spool_01B.jsonl", "spool_01C.jsonl"]
    for name in reversed(names):
        (tmp_path / name).write_bytes(name.encode() + b"\n")

    adopted = adopt_left_over(tmp_path)

    assert [_drain(spool, 1) for spool in adopted] == [[name.encode()] for name in names]
    for spool in adopted:
        spool.remove()


def test_there_is_nothing_left_over_where_there_is_no_folder(tmp_path: Path) -> None:
    assert adopt_left_over(tmp_path / "none") == []


def test_only_the_owner_may_read_a_spool(tmp_path: Path) -> None:
    spool = SpoolFile.create(tmp_path / "spool")

    (path,) = (tmp_path / "spool").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert path.name.startswith("spool_")
    spool.remove()
