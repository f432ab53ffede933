"""Signs what the log holds, every minute or thousand entries, and anchors it before the database hears of it.

A log that no longer agrees with what was anchored last is not signed again: a signature would say that all is well.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voiceagent.core.clock import Clock
from voiceagent.core.errors import InternalError, StoreUnavailable
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.anchors import AnchorFiles
from voiceagent.records.audit.entry import origin_of
from voiceagent.records.audit.log_names import log_names
from voiceagent.records.audit.merkle import Frontier
from voiceagent.records.audit.note import Checkpoint, read_unverified, sign
from voiceagent.records.base import Base
from voiceagent.records.engine import store_errors
from voiceagent.records.models import AuditCheckpointModel, AuditEntryModel

_log = structlog.get_logger(__name__)

_LOOK_S: Final = 2.0
_ENTRIES: Final = 1000
_AGE: Final = timedelta(seconds=60)
_AT_ONCE: Final = 50_000  # a statement may take seconds, not minutes; the rest is the next checkpoint's
_CHECKPOINTS: Final[Table] = Base.metadata.tables["audit_checkpoints"]
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('audit_checkpoints:' || :tenant_id, 0))")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    """Where the tree stood when it was signed last."""

    size: int
    root: bytes
    frontier: bytes

    def grown(self) -> Frontier:
        """The tree to go on with. Raises InternalError when what was kept is not what was signed."""
        frontier = Frontier(self.size, self.frontier)
        if frontier.root() != self.root:
            raise InternalError(f"the tree kept with the checkpoint over {self.size} entries has another root")
        return frontier


class CheckpointWriter:
    """One transaction a checkpoint, so several may run; each keeps in mind what it anchored last."""

    def __init__(self, engine: AsyncEngine, key: Ed25519PrivateKey, anchors: AnchorFiles, clock: Clock) -> None:
        self._engine = engine
        self._key = key
        self._anchors = anchors
        self._clock = clock
        self._anchored: dict[str, Checkpoint | None] = {}
        self._refused: set[str] = set()

    async def run(self) -> None:
        """Never returns; a store that is away, or a full disk, is waited for."""
        while True:
            await asyncio.sleep(_LOOK_S)
            await self.write()

    async def write(self, *, all_of_it: bool = False) -> int:
        """Sign the logs for which it is time, or all that have grown; how many checkpoints were written."""
        try:
            written = 0
            for tenant_id in await log_names(self._engine):
                while await self._write_one(tenant_id, all_of_it=all_of_it):
                    written += 1
        except (StoreUnavailable, OSError) as error:
            _log.warning("checkpoints of the audit log wait", problem=str(error))
            return 0
        return written

    async def _write_one(self, tenant_id: str, *, all_of_it: bool) -> bool:
        now = self._clock.now()
        with store_errors():
            async with self._engine.begin() as connection:
                await connection.execute(_LOCK, {"tenant_id": tenant_id})
                last = await _last(connection, tenant_id)
                if not await _is_due(connection, tenant_id, last.size, None if all_of_it else now):
                    return False
                try:
                    frontier = await self._grow(connection, tenant_id, last.grown())
                except InternalError as error:
                    self._refuse(tenant_id, error)
                    return False
                await self._sign(connection, TenantId(tenant_id), frontier, now)
        return True

    async def _grow(self, connection: AsyncConnection, tenant_id: str, frontier: Frontier) -> Frontier:
        """Add the leaves that follow. Raises InternalError where they disagree with the anchor."""
        anchor = await self._anchor(tenant_id)
        _check(anchor, frontier)
        leaves = (
            select(AuditEntryModel.seq, AuditEntryModel.leaf)
            .where(AuditEntryModel.tenant_id == tenant_id, AuditEntryModel.seq > frontier.size)
            .order_by(AuditEntryModel.seq)
            .limit(_AT_ONCE)
        )
        for seq, leaf in await connection.execute(leaves):
            if seq != frontier.size + 1:
                raise InternalError(f"entry {frontier.size + 1} is missing")
            frontier.push(leaf)
            _check(anchor, frontier)
        if anchor is not None and frontier.size < anchor.size:
            raise InternalError(f"{anchor.size} entries were anchored, and there are {frontier.size}")
        return frontier

    async def _sign(self, connection: AsyncConnection, tenant_id: TenantId, frontier: Frontier, now: datetime) -> None:
        checkpoint = Checkpoint(origin=origin_of(tenant_id), size=frontier.size, root=frontier.root())
        note = sign(checkpoint, self._key)
        # Anchored first: whatever the database holds is anchored, so one that is missing there is found
        await asyncio.to_thread(self._anchors.append, tenant_id, note, now)
        self._anchored[tenant_id] = checkpoint
        row = {"tenant_id": tenant_id, "size": checkpoint.size, "root": checkpoint.root, "at": now, "note": note}
        await connection.execute(insert(_CHECKPOINTS).values(**row, frontier=frontier.hashes))

    async def _anchor(self, tenant_id: str) -> Checkpoint | None:
        """What was anchored last, as the file has it."""
        if tenant_id not in self._anchored:
            notes = await asyncio.to_thread(self._anchors.notes, tenant_id)
            self._anchored[tenant_id] = read_unverified(notes[-1]) if notes else None
        return self._anchored[tenant_id]

    def _refuse(self, tenant_id: str, error: InternalError) -> None:
        if tenant_id not in self._refused:
            self._refused.add(tenant_id)
            _log.error(
                "audit log is not signed any more: run `voiceagent audit verify`",
                tenant_id=tenant_id,
                problem=str(error),
            )


def _check(anchor: Checkpoint | None, frontier: Frontier) -> None:
    if anchor is not None and anchor.size == frontier.size and anchor.root != frontier.root():
        raise InternalError(f"its first {anchor.size} entries are others than those that were anchored")


async def _last(connection: AsyncConnection, tenant_id: str) -> _Last:
    query = (
        select(AuditCheckpointModel.size, AuditCheckpointModel.root, AuditCheckpointModel.frontier)
        .where(AuditCheckpointModel.tenant_id == tenant_id)
        .order_by(AuditCheckpointModel.size.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return _Last(size=0, root=Frontier().root(), frontier=b"")
    return _Last(size=row.size, root=row.root, frontier=row.frontier)


async def _is_due(connection: AsyncConnection, tenant_id: str, size: int, now: datetime | None) -> bool:
    """Whether a thousand entries, or one for a minute, have no signature yet; any at all without `now`."""
    in_log = AuditEntryModel.tenant_id == tenant_id
    newest = await connection.scalar(select(func.max(AuditEntryModel.seq)).where(in_log)) or 0
    if now is None or newest - size >= _ENTRIES or newest <= size:
        return newest > size
    since = await connection.scalar(select(func.min(AuditEntryModel.at)).where(in_log, AuditEntryModel.seq == size + 1))
    return since is None or not timedelta(0) <= now - since < _AGE
