"""How long the erasure of a person with many calls takes.

    python benchmarks/bench_erasure.py --calls 10000      # T-ER-2: at most ten minutes

A call with its log, words, consent and a tool call goes through the records writer once and is copied inside Postgres,
which is not counted; each gets a file for its recording. Postgres is a process of its own, with embedded defaults.
"""

import argparse
import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from own_postgres import own_postgres
from sqlalchemy import text

from voiceagent.apps.erasure import Erasure
from voiceagent.apps.erasure_parts import ErasureParts
from voiceagent.compliance.erasure.evaluation import due_at
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.retention.rules import Rules
from voiceagent.compliance.signing_identity import new_identity
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.base import Base
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.engine import create_engine
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.erasure_values import IdentityCheck
from voiceagent.records.recording import relative_path
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallStarted
from voiceagent.testing.sample_call import recorded, sample_events

_TABLES = ("calls", "call_events", "call_legs", "transcript_segments", "consent_events", "tool_calls", "recordings")
_TENANT = TenantId("default")
_clock = SystemClock()


def _copy_of(table: str) -> str:
    """SQL that copies the rows of the first call to `:copies` more."""
    changed = {"id": "id || '_' || copy", "call_id": "call_id || '_' || copy"}
    names = [f'"{column.name}"' for column in Base.metadata.tables[table].columns]
    values = [changed.get(name.strip('"'), name) for name in names]
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table}, generate_series(1, :copies) AS copy"  # noqa: E501, S608


async def _erase(url: str, calls: int, folder: Path) -> None:
    engine = create_engine(url)
    events = sample_events()
    number = next(event.caller for event in events if isinstance(event, CallStarted))
    await RecordsWriter(engine).write(recorded(CallId(new_id("call")), events, tenant=_TENANT))
    async with engine.begin() as connection:
        for table in _TABLES:
            await connection.execute(text(_copy_of(table)), {"copies": calls - 1})
        ids = (await connection.scalars(text("SELECT call_id FROM calls"))).all()
    for call_id in ids:
        file = folder / "recordings" / relative_path(CallId(call_id), "rec")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"RIFF")
    now, records, names = _clock.now(), Records(engine), SealedNames(LocalKeys(folder / "keys"))
    sealed = await names.seal(_TENANT, "erq_1", [number], [])
    async with records.unit_of_work(_TENANT) as work:
        check = IdentityCheck.DOCUMENT
        await work.erasures.add(
            "erq_1", sealed, identity_check=check, received_at=now, due_at=due_at(now), by="key_1", now=now
        )
        await work.erasures.approve("erq_1", by="key_2", now=now)
        await work.commit()
    identity = new_identity("voiceagent", now)
    erasure = Erasure(
        ErasureParts(
            records=records,
            blobs=in_folder(folder / "recordings"),
            rules=Rules(),
            names=names,
            pepper=lambda _: b"p" * 32,
            identity=lambda: identity,
            tombstones=folder / "erasure" / "tombstones.jsonl",
            packages=PackageStore(folder / "exports"),
            clock=_clock,
        )
    )
    begin = _clock.monotonic()
    await erasure.run(_TENANT, "erq_1", for_s=timedelta(hours=1).total_seconds())
    took_s = _clock.monotonic() - begin
    async with records.unit_of_work(_TENANT) as work:
        request, counts = await work.erasures.get("erq_1"), await work.erasure_items.counts("erq_1")
    told = ", ".join(f"{one.content_class.name.lower()} {one.items} {one.fate.value}" for one in counts)
    print(f"{request.state}: {told}")
    print(f"{calls} calls in {took_s:.1f} s, {took_s / calls * 1000:.1f} ms a call")
    await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, own_postgres(Path(name)) as server:
        asyncio.run(_erase(server.urls["database_jobs_url"], options.calls, Path(name)))


if __name__ == "__main__":
    main()
