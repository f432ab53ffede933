"""HTTP for access reports."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import Page
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.access_reports.schemas import Access, AccessReport, Opened, ReportedWeek
from voiceagent.api.resources.access_reports.service import AccessReportService
from voiceagent.compliance import access_report
from voiceagent.records.repositories.audit import StoredAct

_WeekPath = Annotated[str, Path(max_length=8, pattern=r"^[0-9]{4}-W[0-9]{2}$", description="Such as 2026-W47.")]


def access_reports_router(*, service: AccessReportService, guard: Guard) -> APIRouter:
    """Routes below /v1/access-reports."""
    router = APIRouter(prefix="/v1/access-reports", tags=["audit"])
    Auditor = Annotated[Principal, Depends(guard.require("audit:read"))]  # noqa: N806 - a type

    @router.get("", responses=responses())
    async def list_access_reports(principal: Auditor) -> Page[ReportedWeek]:
        """The weeks of a quarter, the running one first, and whether somebody looked at their reports."""
        found = await service.list(principal)
        return Page(items=[_week(week, look) for week, look in found], next_cursor=None)

    @router.get("/{week}", responses=responses(400))
    async def get_access_report(principal: Auditor, week: _WeekPath) -> AccessReport:
        """Who opened what callers said in a week. Who looks is noted, so that it can be shown that somebody does."""
        of, found = await service.read(principal, week)
        return AccessReport(week=of.name, since=of.since, until=of.until, items=[_access(one) for one in found])

    return router


def _week(week: access_report.Week, look: StoredAct | None) -> ReportedWeek:
    return ReportedWeek(
        week=week.name,
        since=week.since,
        until=week.until,
        read_at=look.entry.at if look else None,
        read_by=look.entry.actor_id if look else "",
    )


def _access(one: access_report.Access) -> Access:
    return Access(
        holder=one.holder,
        actors=sorted(one.actors),
        opened=Opened(**one.opened),
        raw=one.raw,
        most_raw_in_a_day=one.most_raw_in_a_day,
        refused=one.refused,
        purposes=one.purposes,
    )
