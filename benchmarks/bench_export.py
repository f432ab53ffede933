"""How long an export takes, and whether its verifier misses a changed bit.

    python benchmarks/bench_export.py --calls 10000      # T-EXP-4: metadata, transcripts, signed vCons; at most 60 s
    python benchmarks/bench_export.py --calls 5 --flips 200   # T-EXP-3: flips in the unpacked files, and in the zip

A call with twenty segments goes through the records writer once and is copied inside Postgres, which is not counted.
"""

import argparse
import asyncio
import random
import resource
import shutil
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path

from own_postgres import own_postgres
from sqlalchemy import text

from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.request import ExportRequest
from voiceagent.compliance.exports.verdict import Outcome
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.compliance.signing_identity import new_identity
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.base import Base
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.engine import create_engine
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallerSaid
from voiceagent.testing.sample_call import STARTED_AT, recorded, sample_events

_TABLES = ("calls", "call_legs", "transcript_segments", "consent_events", "tool_calls")
_SEGMENTS = 20
_clock = SystemClock()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _copy_of(table: str) -> str:
    """SQL that copies the rows of the first call to `:copies` more, each a second later than the one before."""
    changed = {
        "id": "id || '_' || copy",
        "call_id": "call_id || '_' || lpad(copy::text, 8, '0')",
        "started_at": "started_at + make_interval(secs => copy)",
    }
    names = [f'"{column.name}"' for column in Base.metadata.tables[table].columns]
    values = [changed.get(name.strip('"'), name) for name in names]
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table}, generate_series(1, :copies) AS copy"  # noqa: E501, S608


async def _export(url: str, calls: int, path: Path) -> None:
    engine = create_engine(url, pool_size=2)
    said = [
        CallerSaid(
            text=f"and the parcel number {at} please",
            start_ms=at * 900,
            end_ms=at * 900 + 700,
            understood=True,
            confidence=0.9,
        )
        for at in range(_SEGMENTS - 3)
    ]
    events = list(sample_events())
    await RecordsWriter(engine).write(recorded(CallId(new_id("call")), [*events[:9], *said, *events[9:]]))
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        for table in _TABLES:
            await connection.execute(text(_copy_of(table)), {"copies": calls - 1})
    request = ExportRequest(
        export_id="exp_bench",
        tenant_id=TenantId("default"),
        organisation="Acme Inc",
        requester="bench",
        purpose="bench",
        created_at=STARTED_AT + timedelta(days=400),
        until=STARTED_AT + timedelta(days=400),
        media=False,
    )
    before, began, first = _peak_mb(), _clock.monotonic(), 0.0

    def heard(done: int, _of: int) -> None:
        nonlocal first
        if done == 1:
            first = _clock.monotonic() - began

    recordings = StoredRecordings(in_folder(path.parent), DataKeys(engine, LocalKeys(path.parent / "keys")))
    with PackageWriter(path, request, new_identity("bench", STARTED_AT), version="bench") as writer:
        done = await CallExport(Records(engine), recordings).run(request, writer, progress=heard)
    took = _clock.monotonic() - began
    print(f"export  {done} calls in {took:.1f} s ({1000 * took / done:.2f} ms a call), the first after {first:.2f} s")
    print(f"memory  peak {_peak_mb():.0f} MB, {before:.0f} MB before the export began")
    await engine.dispose()


def _flipped(path: Path, dice: random.Random) -> tuple[bytes, int]:
    good = path.read_bytes()
    at = dice.randrange(len(good))
    bad = bytearray(good)
    bad[at] ^= 1 << dice.randrange(8)
    path.chmod(0o600)
    path.write_bytes(bad)
    return good, at


def _flips(package: Path, times: int) -> None:
    dice = random.Random(200)  # noqa: S311 - repeatable, not secret
    folder = package.parent / "unpacked"
    zipfile.ZipFile(package).extractall(folder)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size]
    found = named = 0
    for _ in range(times):
        path = dice.choice(files)
        good, _at = _flipped(path, dice)
        verdict = verify_package(folder)
        path.write_bytes(good)
        found += verdict.outcome is not Outcome.GOOD
        named += path.relative_to(folder).as_posix() in {finding.file for finding in verdict.findings}
    print(f"flips in the files of the unpacked package: {times} made, {found} found, {named} with their file's name")
    found = named = 0
    for _ in range(times):
        good, _at = _flipped(package, dice)
        verdict = verify_package(package)
        package.write_bytes(good)
        found += verdict.outcome is not Outcome.GOOD
        named += bool(verdict.findings)
    print(f"flips in the zip: {times} made, {found} found, {named} with a name")
    shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--flips", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with own_postgres(folder / "state") as server:
            asyncio.run(_export(server.url, arguments.calls, folder / "package.zip"))
        began = _clock.monotonic()
        verdict = verify_package(folder / "package.zip")
        print(f"package {(folder / 'package.zip').stat().st_size / 1e6:.0f} MB")
        print(f"verify  {verdict.outcome.name.lower()}, {verdict.files} files in {_clock.monotonic() - began:.1f} s")
        if arguments.flips:
            _flips(folder / "package.zip", arguments.flips)


if __name__ == "__main__":
    main()
