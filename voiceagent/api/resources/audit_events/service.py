"""The audit log of the principal's tenant."""

from collections.abc import Sequence

from voiceagent.api.principal import Principal
from voiceagent.records.repositories.audit import AuditFilter, StoredAct
from voiceagent.records.unit_of_work import Records


class AuditEventService:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def list(
        self, principal: Principal, *, limit: int, before: int | None, where: AuditFilter
    ) -> Sequence[StoredAct]:
        """Newest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.audit.list(limit=limit, before=before, where=where)
