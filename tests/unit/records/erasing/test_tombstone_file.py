from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import ConfigError
from voiceagent.records.erasing.tombstone_file import append_tombstones, read_tombstones
from voiceagent.records.erasure_values import Tombstone


def stone(call_id: str) -> Tombstone:
    return Tombstone(
        tenant_id="ten_a",
        request_id="erq_1",
        call_id=call_id,
        content_class=ContentClass.AUDIO,
        at=datetime(2030, 1, 1, tzinfo=UTC),
        method="shred_and_delete",
        key_ids=("dek_1",),
    )


def test_what_is_added_is_read_again_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "erasure" / "tombstones.jsonl"
    append_tombstones(path, [stone("c1")])
    append_tombstones(path, [])
    append_tombstones(path, [stone("c2")])

    assert list(read_tombstones(path)) == [stone("c1"), stone("c2")]
    assert path.stat().st_mode & 0o777 == 0o600


@given(cut=st.integers(0, 400))
def test_a_line_that_a_lost_power_cut_off_goes_and_no_other(cut, tmp_path_factory):
    path = tmp_path_factory.mktemp("stones") / "tombstones.jsonl"
    append_tombstones(path, [stone("c1"), stone("c2")])
    whole = path.read_bytes()
    path.write_bytes(whole[: max(len(whole) - cut, 0)])
    left = list(read_tombstones(path))

    append_tombstones(path, [stone("c3")])

    assert list(read_tombstones(path)) == [*left, stone("c3")]
    assert left == [stone("c1"), stone("c2")][: len(left)]


def test_a_line_that_was_taken_out_changed_or_put_in_is_found(tmp_path):
    path = tmp_path / "tombstones.jsonl"
    for call in ("c1", "c2", "c3"):
        append_tombstones(path, [stone(call)])
    first, second, third = path.read_bytes().splitlines(keepends=True)

    for lines, found_in in (
        ([first, third], 2),
        ([second, third], 1),
        ([first, second.replace(b'"c2"', b'"c9"'), third], 3),
        ([first, first, second, third], 2),
    ):
        path.write_bytes(b"".join(lines))
        with pytest.raises(ConfigError, match=f"line {found_in} of .* does not follow"):
            list(read_tombstones(path))


@pytest.mark.parametrize("line", ["{}", "no json", '{"content_class": "Z"}'])
def test_a_file_with_something_else_is_refused_with_its_line(tmp_path, line):
    path = tmp_path / "tombstones.jsonl"
    append_tombstones(path, [stone("c1")])
    path.write_text(path.read_text() + line + "\n")

    with pytest.raises(ConfigError, match="line 2 of"):
        list(read_tombstones(path))


def test_a_file_that_is_not_there_is_said_with_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="bring it back from the copy"):
        list(read_tombstones(tmp_path / "none"))
