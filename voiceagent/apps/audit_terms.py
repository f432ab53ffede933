"""Beside the hourly purge: what the audit log knows of people goes when its term is over.

Addresses, names and reasons are in `audit_details`; entries, which hold none of these, and their commitments stay, so
the log verifies as before. A tenant with a legal hold in force keeps all of its own: whoever asks in that matter who
heard a recording may also ask from where.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from voiceagent.core.clock import Clock
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.audit.log_names import log_names
from voiceagent.records.unit_of_work import Records

_log = structlog.get_logger(__name__)
_ERASED: Final = "audit_details.erased"
_PAGE: Final = 10_000  # of one transaction, which holds the end of the log


class AuditDetailTerm:
    def __init__(self, records: Records, term: timedelta, clock: Clock) -> None:
        self._records = records
        self._term = term
        self._clock = clock

    async def run_all(self) -> None:
        """For every log. Raises StoreUnavailable."""
        before = self._clock.now() - self._term
        for tenant_id in await log_names(self._records.engine):
            while await self._erase(tenant_id, before):
                pass

    async def _erase(self, tenant_id: TenantId, before: datetime) -> bool:
        """One page. True when there may be another."""
        async with self._records.unit_of_work(tenant_id) as work:
            if await work.legal_holds.fixed():
                return False
            erased = await work.audit.erase_details(before, limit=_PAGE)
            rows = erased.total()
            if rows > erased[_ERASED]:  # the end of such a note is not noted again, or there would be no end
                await work.audit.append(_erased(rows, before), self._clock.now())
            await work.commit()
        if rows:
            _log.info("audit details erased", tenant_id=tenant_id, rows=rows)
        return rows == _PAGE


def _erased(rows: int, before: datetime) -> Act:
    return Act(
        action=_ERASED,
        actor=Actor(kind="system", id="purge"),
        object_kind="audit_log",
        details={"rows": rows, "before": before.isoformat(timespec="seconds")},
    )
