"""An audit log with checkpoints, and somebody who owns its tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select, text

from voiceagent.core.ids import TenantId
from voiceagent.records import migrate
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.audit.anchors import AnchorFiles
from voiceagent.records.audit.checkpoints import CheckpointWriter
from voiceagent.records.audit.entry import NO_ENTRY, AuditEntry
from voiceagent.records.audit.merkle import MerkleTree
from voiceagent.records.audit.verify import Evidence, LogReport, verify
from voiceagent.records.base import Base
from voiceagent.records.unit_of_work import Records

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
TENANT = TenantId("ten_a")


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOON).total_seconds()


@dataclass
class AuditedHouse:
    """One tenant's log. `steal` hands out a connection of the tables' owner, with every trigger off."""

    records: Records
    url: str
    folder: Path
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    clock: HandClock = field(default_factory=HandClock)

    @property
    def anchors(self) -> AnchorFiles:
        return AnchorFiles(self.folder)

    def writer(self) -> CheckpointWriter:
        return CheckpointWriter(self.records.engine, self.key, self.anchors, self.clock)

    async def act(self, count: int, tenant: TenantId = TENANT) -> None:
        """By a tenant that nobody has configured: it may have calls, and so a log, all the same."""
        async with self.records.unit_of_work(tenant) as work:
            for number in range(count):
                act = Act(
                    action="transcript.read",
                    actor=Actor(kind="api_key", id="key_1"),
                    object_kind="call",
                    object_id=f"call_{number}",
                    details={"ip": "192.0.2.7"},
                )
                await work.audit.append(act, self.clock.now() + timedelta(milliseconds=number))
            await work.commit()

    async def sign(self) -> int:
        return await self.writer().write(all_of_it=True)

    def verify(self, *, kept: Sequence[str] = (), key: Ed25519PrivateKey | None = None) -> LogReport:
        [report] = verify(self.url, Evidence(anchors=self.anchors, keys=[(key or self.key).public_key()], kept=kept))
        return report

    def steal(self, *statements: str) -> None:
        """Run SQL as the owner of the tables, whom no trigger stops."""
        engine = migrate.sync_engine(self.url)
        with engine.begin() as connection:
            for table in ("audit_log", "audit_details", "audit_checkpoints"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def rehash(self, first: int, last: int = 1_000) -> None:
        """What somebody does who knows how the chain is made: entries from `first` on fit to the one before."""
        engine = migrate.sync_engine(self.url)
        with engine.begin() as connection:
            _rehash(connection, first, last)
        engine.dispose()


def _rehash(connection: Connection, first: int, last: int) -> None:
    names = list(AuditEntry.__struct_fields__)
    log = Base.metadata.tables["audit_log"]
    rows = connection.execute(select(*(log.c[name] for name in names), log.c.leaf).order_by(log.c.seq)).all()
    prev = NO_ENTRY
    for row in rows:
        values = dict(zip(names, row, strict=False))
        if not first <= row.seq <= last:
            prev = row.leaf
            continue
        entry = AuditEntry(**{**values, "prev": prev})
        connection.execute(
            text("UPDATE audit_log SET prev = :prev, leaf = :leaf WHERE seq = :seq"),
            {"prev": prev, "leaf": entry.leaf(), "seq": row.seq},
        )
        prev = entry.leaf()


def leaves_of(url: str) -> MerkleTree:
    engine = migrate.sync_engine(url)
    with engine.connect() as connection:
        leaves = connection.execute(text("SELECT leaf FROM audit_log ORDER BY seq")).scalars().all()
    engine.dispose()
    return MerkleTree(leaves)
