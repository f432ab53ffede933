"""What a package says of calls that an erasure hides or took."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.records.erasing.people import approved, identity, parts_of
from tests.integration.records.purging.calls_to_purge import DAY, START, TENANT, SetClock, make_call
from voiceagent.apps.erasure import Erasure
from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.request import ExportRequest
from voiceagent.compliance.exports.verdict import Outcome
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.unit_of_work import Records

PERSON, NOW = "+49301c1", START + DAY


@pytest.fixture
async def parts(engine: AsyncEngine, records: Records, tmp_path: Path):
    for call in ("c1", "c2"):
        await make_call(engine, tmp_path / "recordings", call, START)
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO tenants (id, name, created_at) VALUES (:id, 'a', now())"), {"id": TENANT}
        )
    return parts_of(records, tmp_path, SetClock(NOW))


async def test_T_EXP_2_what_an_erasure_hides_is_counted_and_what_it_took_is_told(records, parts, tmp_path):
    request_id = await approved(parts, [PERSON])
    for _ in range(3):  # until everything is frozen
        await Erasure(parts).advance(TENANT, request_id)
    hidden = await completeness_of(records, tmp_path / "hidden.zip")

    await Erasure(parts).run(TENANT, request_id)
    erased = await completeness_of(records, tmp_path / "erased.zip")

    assert hidden == {"in_range": 2, "calls": 1, "excluded": [("erasure", 1, [])], "tombstones_in_range": 0}
    assert erased == {"in_range": 2, "calls": 2, "excluded": [], "tombstones_in_range": 1}


async def completeness_of(records: Records, path: Path) -> dict[str, object]:
    """Of an export of everything."""
    request = ExportRequest(
        export_id="exp_1",
        tenant_id=TENANT,
        organisation="",
        requester="",
        purpose="",
        created_at=NOW,
        until=NOW,
        media=False,
    )
    recordings = StoredRecordings(in_folder(path.parent), DataKeys(records.engine, LocalKeys(path.parent / "keys")))
    with PackageWriter(path, request, identity(), version="0") as writer:
        await CallExport(records, recordings).run(request, writer, progress=lambda *_: None)
    assert verify_package(path).outcome is Outcome.GOOD
    told = writer.manifest["completeness"]
    excluded = [(one["reason"], one["count"], one["call_ids"]) for one in told["excluded"]]
    counted = {name: told[name] for name in ("calls", "tombstones_in_range")}
    return {**counted, "in_range": told["calls_in_range"], "excluded": excluded}
