"""Which sound of a tenant lies in a bucket, by the rows that tell of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.ids import CallId, TenantId

# Also of what reads as deleted: as long as there is a path, there may be a file
_IN_BUCKET: Final = text(
    """
    SELECT id, call_id, path FROM recordings
     WHERE tenant_id = :tenant_id AND path LIKE 's3://%' AND id > :after AND :call_id IN ('', call_id)
     UNION ALL
    SELECT id, call_id, path FROM consent_clips
     WHERE tenant_id = :tenant_id AND path LIKE 's3://%' AND id > :after AND :call_id IN ('', call_id)
     ORDER BY id LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """`id` is of the recording or clip."""

    id: str
    call_id: CallId
    place: str


async def objects_of(
    session: AsyncSession, tenant_id: TenantId, *, call_id: str = "", after: str = "", limit: int
) -> Sequence[StoredObject]:
    """Those with ids behind `after`, in their order; of one call, where it is given."""
    values = {"tenant_id": tenant_id, "call_id": call_id, "after": after, "limit": limit}
    rows = (await session.execute(_IN_BUCKET, values)).all()
    return [StoredObject(id=row.id, call_id=CallId(row.call_id), place=row.path) for row in rows]
