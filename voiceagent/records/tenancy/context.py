"""Telling Postgres whose transaction this is. Transaction-local, so a pooled connection carries nothing to the next."""

from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from voiceagent.core.ids import TenantId

_ENTER = text("SELECT set_config('app.tenant', :tenant_id, true)")
_SHOW_KEY = text("SELECT set_config('app.key_sha256', :sha256, true)")


def bind_to_tenant(session: AsyncSession, tenant_id: TenantId) -> None:
    """Every transaction of the session, also after a commit, is this tenant's."""

    def enter(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
        connection.execute(_ENTER, {"tenant_id": tenant_id})

    event.listen(session.sync_session, "after_begin", enter)


async def enter_tenant(connection: AsyncConnection, tenant_id: TenantId) -> None:
    """Until the transaction of `connection` ends, it is this tenant's."""
    await connection.execute(_ENTER, {"tenant_id": tenant_id})


async def show_key(session: AsyncSession, sha256: str) -> None:
    """Until the transaction ends, the one API key with that hash can be seen: whoever knows the key may find it."""
    await session.execute(_SHOW_KEY, {"sha256": sha256})
