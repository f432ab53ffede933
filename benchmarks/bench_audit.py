"""How long `voiceagent audit verify` takes over a long log, what memory it needs, and how fast acts are added.

    python benchmarks/bench_audit.py [--entries 1000000] [--appends 500]

A Postgres of its own under a temporary folder. Entries are written by COPY as the log would hold them, with details and
a signed, anchored checkpoint every thousand; then the command itself verifies them, in a process of its own.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from own_postgres import own_postgres

from voiceagent.config.audit_keys import anchors_folder, load_or_make_signing_key
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.audit.anchors import AnchorFiles
from voiceagent.records.audit.entry import NO_ENTRY, AuditEntry, canonical_details, commitment, origin_of
from voiceagent.records.audit.merkle import Frontier
from voiceagent.records.audit.note import Checkpoint, sign
from voiceagent.records.engine import create_engine
from voiceagent.records.unit_of_work import Records

TENANT = TenantId("bench")
CLOCK = SystemClock()
START = datetime(2030, 1, 1, tzinfo=UTC)
EVERY = 1_000
_FIELDS = AuditEntry.__struct_fields__


def entries(count: int) -> Iterator[tuple[AuditEntry, bytes, bytes, str]]:
    """Entry, leaf, salt and details."""
    prev = NO_ENTRY
    for seq in range(1, count + 1):
        salt, details = seq.to_bytes(16, "big"), canonical_details({"bytes": f"bytes={seq}-", "ip": "192.0.2.7"})
        entry = AuditEntry(
            tenant_id=TENANT,
            seq=seq,
            at=START + timedelta(milliseconds=seq),
            actor_kind="api_key",
            actor_id="key_01KAJ5Z0000000000000000000",
            actor_auth="bearer",
            action="recording.read",
            object_kind="call",
            object_id=f"call_01KAJ5Z{seq:019}",
            purpose="quality",
            result="ok",
            reason="",
            request_id=f"req_01KAJ5Z{seq:019}",
            commitment=commitment(salt, details),
            prev=prev,
        )
        prev = entry.leaf()
        yield entry, prev, salt, details


def fill(url: str, state: Path, count: int) -> None:
    """The log with its checkpoints, in the database and among the anchors."""
    key, anchors, frontier = load_or_make_signing_key(state), AnchorFiles(anchors_folder(state)), Frontier()
    columns = ", ".join(_FIELDS)
    made = entries(count)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for first in range(0, count, EVERY):
            batch = [next(made) for _ in range(min(EVERY, count - first))]
            with cursor.copy(f"COPY audit_log ({columns}, leaf) FROM STDIN") as copy:
                for entry, leaf, _, _ in batch:
                    copy.write_row((*(getattr(entry, name) for name in _FIELDS), leaf))
                    frontier.push(leaf)
            with cursor.copy("COPY audit_details (tenant_id, seq, at, salt, details) FROM STDIN") as copy:
                for entry, _, salt, details in batch:
                    copy.write_row((TENANT, entry.seq, entry.at, salt, details))
            checkpoint = Checkpoint(origin=origin_of(TENANT), size=frontier.size, root=frontier.root())
            note, at = sign(checkpoint, key), START + timedelta(milliseconds=frontier.size)
            anchors.append(TENANT, note, at)
            row = (TENANT, checkpoint.size, checkpoint.root, at, note, frontier.hashes)
            cursor.execute("INSERT INTO audit_checkpoints VALUES (%s, %s, %s, %s, %s, %s)", row)
        connection.commit()
        connection.autocommit = True
        cursor.execute("ANALYZE")


def verify(url: str, state: Path, *options: str) -> tuple[dict[str, object], str]:
    """What the command says, how long it took, and its peak of resident memory."""
    command = [sys.executable, "-m", "voiceagent", "audit", "verify", "--json", *options]
    (state / "voiceagent.yaml").write_text(json.dumps({"state_dir": str(state), "database_url": url}))
    with tempfile.TemporaryFile("w+") as output:
        began = CLOCK.monotonic()
        process = subprocess.Popen(command, stdout=output, cwd=state)  # noqa: S603 - our own module
        _, _, usage = os.wait4(process.pid, 0)
        seconds = CLOCK.monotonic() - began
        process.returncode = 0  # waited for above
        output.seek(0)
        cpu_s = usage.ru_utime + usage.ru_stime
        spent = f"{seconds:.1f} s ({cpu_s:.1f} s of a core), peak RSS {usage.ru_maxrss / 1024:.0f} MB"
        return json.loads(output.read()), spent


async def append(url: str, count: int) -> float:
    """Acts a second, each in a transaction of its own, one after the other."""
    engine = create_engine(url, pool_size=1)
    act = Act(action="recording.read", actor=Actor(kind="api_key", id="key_1"), object_id="call_1", details={"ip": "x"})
    began = CLOCK.monotonic()
    for _ in range(count):
        async with Records(engine).unit_of_work(TENANT) as work:
            await work.audit.append(act, START)
            await work.commit()
    took = CLOCK.monotonic() - began
    await engine.dispose()
    return count / took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--appends", type=int, default=500)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_postgres(state := Path(folder)) as server:
        began = CLOCK.monotonic()
        fill(server.url, state, arguments.entries)
        print(f"{arguments.entries} entries written in {CLOCK.monotonic() - began:.1f} s")
        found, spent = verify(server.url, state)
        print(f"verified in {spent}: {found['result']}, {found['logs']}")
        half = AnchorFiles(anchors_folder(state)).notes(TENANT)[arguments.entries // EVERY // 2]
        (state / "kept.txt").write_text(half)
        found, spent = verify(server.url, state, "--since", str(state / "kept.txt"))
        print(f"since the middle in {spent}: {found['result']}")
        print(f"{asyncio.run(append(server.url, arguments.appends)):.0f} acts added a second")


if __name__ == "__main__":
    main()
