"""Adds an act to its tenant's log, in the transaction of the act: both happen or neither."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Table, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act
from voiceagent.records.audit.entry import NO_ENTRY, SALT_BYTES, AuditEntry, canonical_details, commitment
from voiceagent.records.base import Base
from voiceagent.records.models import AuditEntryModel
from voiceagent.telephony.printable import printable

_LOG: Final[Table] = Base.metadata.tables["audit_log"]
_DETAILS: Final[Table] = Base.metadata.tables["audit_details"]
# Held until the transaction ends: the next entry is numbered only when this one is there, or is not
_LOCK_LOG: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('audit_log:' || :tenant_id, 0))")


async def append(store: AsyncConnection | AsyncSession, tenant_id: TenantId, act: Act, now: datetime) -> int:
    """Add the act; its seq in the log. It counts once the transaction of `store` commits.

    Take the log last: whoever else appends to it waits until this transaction ends.
    """
    await hold(store, tenant_id)
    newest = (
        select(AuditEntryModel.seq, AuditEntryModel.leaf)
        .where(AuditEntryModel.tenant_id == tenant_id)
        .order_by(AuditEntryModel.seq.desc())
        .limit(1)
    )
    before = (await store.execute(newest)).one_or_none()
    salt, details = secrets.token_bytes(SALT_BYTES), canonical_details(_plain(act.details))
    entry = AuditEntry(
        tenant_id=tenant_id,
        seq=before.seq + 1 if before else 1,
        at=now,
        actor_kind=act.actor.kind,
        actor_id=act.actor.id,
        actor_auth=act.actor.auth,
        action=act.action,
        object_kind=act.object_kind,
        object_id=act.object_id,
        purpose=act.purpose,
        result=act.result,
        reason=act.reason,
        request_id=act.request_id,
        commitment=commitment(salt, details),
        prev=before.leaf if before else NO_ENTRY,
    )
    await store.execute(insert(_LOG).values(**msgspec.structs.asdict(entry), leaf=entry.leaf()))
    of_entry = {"tenant_id": tenant_id, "seq": entry.seq, "at": now, "salt": salt, "details": details}
    await store.execute(insert(_DETAILS).values(of_entry))
    return entry.seq


async def hold(store: AsyncConnection | AsyncSession, tenant_id: TenantId) -> None:
    """Nobody else appends until this transaction ends: what is read of the log now is all of it."""
    await store.execute(_LOCK_LOG, {"tenant_id": tenant_id})


def _plain(details: Mapping[str, Any]) -> dict[str, Any]:
    return dict(printable(dict(details)))
