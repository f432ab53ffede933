"""Jobs of one tenant, as an operator sees them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.jobs.tables import EVENTS, JOBS
from voiceagent.records.models import JobAttemptModel, WriteBackModel
from voiceagent.records.values import Job, JobAttempt, JobState, StoredWriteBack, value_of

_RETRY = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")


class JobRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def list(
        self, *, limit: int, before: int | None = None, state: JobState | None = None, task: str = ""
    ) -> Sequence[Job]:
        """Newest first, at most `limit`, of those with smaller ids than `before`."""
        query = self._jobs().order_by(JOBS.c.id.desc()).limit(limit)
        conditions: list[ColumnElement[bool]] = []
        if before is not None:
            conditions.append(JOBS.c.id < before)
        if state is not None:
            conditions.append(JOBS.c.status == state.value)
        if task:
            conditions.append(JOBS.c.task_name == task)
        return [_job(row) for row in await self._session.execute(query.where(*conditions))]

    async def get(self, job_id: int) -> Job:
        """Raises NotFound."""
        row = (await self._session.execute(self._jobs().where(JOBS.c.id == job_id))).one_or_none()
        if row is None:
            raise NotFound(f"there is no job {job_id}")
        return _job(row)

    async def attempts(self, job_id: int) -> Sequence[JobAttempt]:
        """In the order in which they were made."""
        query = (
            select(JobAttemptModel)
            .where(JobAttemptModel.tenant_id == self._tenant_id, JobAttemptModel.job_id == job_id)
            .order_by(JobAttemptModel.started_at, JobAttemptModel.id)
        )
        return [value_of(row, JobAttempt) for row in await self._session.scalars(query)]

    async def enqueue(self, job: NewJob) -> int:
        """It exists once this transaction commits; the job's id. Raises StoreUnavailable."""
        return await JobQueue().enqueue(await self._session.connection(), job)

    async def is_under_way(self, job: NewJob) -> bool:
        """Whether one like it waits or runs; not one that was given up."""
        same = (JOBS.c.task_name == job.task, JOBS.c.args == {"tenant_id": self._tenant_id, **job.arguments})
        query = select(JOBS.c.id).where(*same, JOBS.c.status.in_(("todo", "doing"))).limit(1)
        return await self._session.scalar(query) is not None

    async def retry(self, job_id: int) -> None:
        """Bring a dead letter back with all its attempts before it. Raises NotFound, Conflict when it is none."""
        locked = self._jobs().where(JOBS.c.id == job_id).with_for_update(of=JOBS)
        row = (await self._session.execute(locked)).one_or_none()
        if row is None:
            raise NotFound(f"there is no job {job_id}")
        if row.status != JobState.FAILED:
            raise Conflict(f"job {job_id} is {row.status}: only one that failed for good can be retried")
        await self._session.execute(_RETRY, {"id": job_id})
        # No function of procrastinate's does this, and without it the next failure would be the last
        await self._session.execute(update(JOBS).where(JOBS.c.id == job_id).values(attempts=0))

    async def write_back_of(self, call_id: CallId) -> StoredWriteBack | None:
        """How far the call's write-back is; None when none is owed."""
        query = (
            select(WriteBackModel.job_id, WriteBackModel.outcome, JOBS.c.status)
            .outerjoin(JOBS, JOBS.c.id == WriteBackModel.job_id)
            .where(WriteBackModel.tenant_id == self._tenant_id, WriteBackModel.call_id == call_id)
        )
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return None
        state = JobState(row.status) if row.status in set(JobState) else None
        return StoredWriteBack(job_id=row.job_id, outcome=row.outcome, job_state=state)

    def _jobs(self) -> Select[Any]:
        entered = (
            select(func.min(EVENTS.c.at))
            .where(EVENTS.c.job_id == JOBS.c.id, EVENTS.c.type == "deferred")
            .scalar_subquery()
            .label("entered_at")
        )
        return select(JOBS, entered).where(
            JOBS.c.args["tenant_id"].astext == self._tenant_id, JOBS.c.status.in_([state.value for state in JobState])
        )


def _job(row: Row[Any]) -> Job:
    arguments = {name: str(value) for name, value in row.args.items() if name != "tenant_id"}
    return Job(
        id=row.id,
        task=row.task_name,
        state=JobState(row.status),
        arguments=arguments,
        attempts=row.attempts,
        entered_at=row.entered_at,
        due_at=row.scheduled_at,
    )
