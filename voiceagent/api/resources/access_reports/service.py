"""Who opened what of the principal's tenant."""

from collections.abc import Sequence

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.compliance.access_report import OPENS, Access, Week, report_of, week_of, weeks_until
from voiceagent.compliance.read_budget import RAW
from voiceagent.core.clock import Clock
from voiceagent.records.repositories.audit import AuditFilter, StoredAct
from voiceagent.records.unit_of_work import Records

_READ = "access_report.read"
_SHOWN_WEEKS = 13  # a quarter


class AccessReportService:
    def __init__(self, *, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def list(self, principal: Principal) -> Sequence[tuple[Week, StoredAct | None]]:
        """The weeks of a quarter, newest first, and how each was looked at last after its end."""
        found: list[tuple[Week, StoredAct | None]] = []
        async with self._records.unit_of_work(principal.tenant_id) as work:
            for week in weeks_until(self._clock.now(), _SHOWN_WEEKS):
                looks = await work.audit.list(limit=1, where=AuditFilter(action=_READ, object_=week.name))
                found.append((week, next((look for look in looks if look.entry.at >= week.until), None)))
        return found

    async def read(self, principal: Principal, name: str) -> tuple[Week, Sequence[Access]]:
        """Once it is noted who looks. Raises BadInput."""
        week = week_of(name)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            openings = await work.audit.openings(OPENS, since=week.since, until=week.until, raw=RAW)
            report = report_of(openings, await work.api_keys.holders())
            await work.audit.append(act_of(principal, _READ, "access_report", week.name), self._clock.now())
            await work.commit()
        return week, report
