"""The tables of a package as a warehouse reads them: the same rows as the JSON lines, with types."""

import io
import json
import sys
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from voiceagent.compliance.exports.request import from_data, to_data
from voiceagent.compliance.exports.tables import TABLES
from voiceagent.compliance.exports.verdict import Outcome
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.core.errors import ConfigError


@pytest.fixture
def wanted(request_for_all):
    return replace(request_for_all, parquet=True)


def tables_of(package: Path) -> dict[str, tuple[list[dict], pa.Table]]:
    with zipfile.ZipFile(package) as files:
        return {
            table.name: (
                [json.loads(line) for line in files.read(f"records/{table.name}.jsonl").splitlines()],
                parquet.read_table(io.BytesIO(files.read(f"records/{table.name}.parquet"))),
            )
            for table in TABLES
        }


def told(row: dict) -> dict:
    """As the JSON line of a row has it, but for objects, which are texts in Parquet."""
    found = {
        name: json.dumps(value, sort_keys=True) if isinstance(value, dict) else value for name, value in row.items()
    }
    times = {name: value for name, value in row.items() if isinstance(value, datetime)}
    return {**found, **{name: time.isoformat(timespec="microseconds")[:-6] + "Z" for name, time in times.items()}}


def test_every_table_has_the_rows_and_columns_of_its_json_lines(write, calls, wanted, tmp_path):
    found = tables_of(write(tmp_path / "one.zip", calls, wanted))

    for name, (lines, table) in found.items():
        assert [told(row) for row in table.to_pylist()] == [told(line) for line in lines], name
    assert sum(table.num_rows for _, table in found.values()) > 10


def test_columns_have_types_also_where_a_table_has_no_rows(write, calls, wanted, tmp_path):
    found = tables_of(write(tmp_path / "one.zip", calls[1:2], wanted))

    schema = found["calls"][1].schema
    assert found["transfers"][1].num_rows == 0
    assert found["transfers"][1].schema.field("seq").type == pa.int64()
    assert (schema.field("started_at").type, schema.field("ended_at").type) == (pa.timestamp("us", tz="UTC"),) * 2
    assert schema.field("response_latencies_ms").type == pa.list_(pa.int64())
    assert schema.field("call_id").type == pa.string()


def test_the_package_verifies_tells_that_it_was_asked_for_and_is_made_again_byte_for_byte(
    write, calls, wanted, tmp_path
):
    package = write(tmp_path / "one.zip", calls, wanted)
    manifest = json.loads(zipfile.ZipFile(package).read("manifest.json"))

    again = write(tmp_path / "again.zip", calls, from_data(manifest["request"]))
    types = {one["media_type"] for one in manifest["files"] if one["path"].endswith(".parquet")}

    assert verify_package(package).outcome is Outcome.GOOD
    assert manifest["request"]["parquet"] is True
    assert types == {"application/vnd.apache.parquet"}
    assert again.read_bytes() == package.read_bytes()


def test_who_does_not_ask_for_it_gets_none(package, request_for_all):
    with zipfile.ZipFile(package) as files:
        assert not [name for name in files.namelist() if name.endswith(".parquet")]
    assert "parquet" not in to_data(request_for_all)


def test_without_the_extra_nothing_is_begun_and_the_error_names_it(write, calls, wanted, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(ConfigError, match=r"voiceagent\[parquet\]"):
        write(tmp_path / "one.zip", calls, wanted)

    assert list(tmp_path.iterdir()) == []
