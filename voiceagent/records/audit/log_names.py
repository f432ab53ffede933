"""Which logs there are: one for every tenant that has done something, also one that the settings do not know."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.ids import TenantId
from voiceagent.records.engine import store_errors

# From one log to the next by the primary key: DISTINCT would read every entry
_LOGS: Final = text("""
    WITH RECURSIVE logs AS (
        SELECT min(tenant_id) AS tenant_id FROM audit_log
        UNION ALL
        SELECT (SELECT min(tenant_id) FROM audit_log WHERE tenant_id > logs.tenant_id) FROM logs
        WHERE logs.tenant_id IS NOT NULL
    )
    SELECT tenant_id FROM logs WHERE tenant_id IS NOT NULL
""")


async def log_names(engine: AsyncEngine) -> Sequence[TenantId]:
    """For a login that sees every tenant. Raises StoreUnavailable."""
    with store_errors():
        async with engine.connect() as connection:
            return [TenantId(name) for name in await connection.scalars(_LOGS)]
