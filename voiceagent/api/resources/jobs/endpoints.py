"""HTTP for jobs."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Query

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_place, encode_place
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.jobs.present import detail_of, job_of
from voiceagent.api.resources.jobs.schemas import Job, JobDetail
from voiceagent.api.resources.jobs.service import JobService
from voiceagent.records.values import JobState

log = structlog.get_logger(__name__)

_JobPath = Annotated[int, Path(ge=1, lt=2**63)]


def jobs_router(*, service: JobService, guard: Guard) -> APIRouter:
    """Routes below /v1/jobs."""
    router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
    Reader = Annotated[Principal, Depends(guard.require("jobs:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("jobs:write"))]  # noqa: N806

    @router.get("", responses=responses(400))
    async def list_jobs(
        *,
        principal: Reader,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = "",
        state: JobState | None = None,
        task: Annotated[str, Query(max_length=128)] = "",
    ) -> Page[Job]:
        """Jobs of the tenant, newest first; `state=failed` lists the dead letters."""
        found = await service.list(principal, limit=limit + 1, before=decode_place(cursor), state=state, task=task)
        page, last = cut(found, limit)
        return Page(items=[job_of(job) for job in page], next_cursor=encode_place(last.id) if last else None)

    @router.get("/{job_id}", responses=responses(400, 404))
    async def get_job(principal: Reader, job_id: _JobPath) -> JobDetail:
        """One job with all its attempts."""
        return detail_of(*await service.get(principal, job_id))

    @router.post("/{job_id}/actions/retry", status_code=202, responses=responses(400, 404, 409))
    async def retry_job(principal: Writer, job_id: _JobPath) -> JobDetail:
        """Try a dead letter again, now, with all its attempts before it."""
        found = await service.retry(principal, job_id)
        log.info("dead_letter_retried", job_id=job_id, by=principal.id)
        return detail_of(*found)

    return router
