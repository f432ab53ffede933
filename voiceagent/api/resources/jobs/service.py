"""What can be asked of jobs. Each method takes the principal's tenant and sees nothing of any other."""

from collections.abc import Sequence

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.core.clock import Clock
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import Job, JobAttempt, JobState


class JobService:
    def __init__(self, *, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def list(
        self, principal: Principal, *, limit: int, before: int | None, state: JobState | None, task: str
    ) -> Sequence[Job]:
        """Newest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.jobs.list(limit=limit, before=before, state=state, task=task)

    async def get(self, principal: Principal, job_id: int) -> tuple[Job, Sequence[JobAttempt]]:
        """The job and its attempts. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.jobs.get(job_id), await work.jobs.attempts(job_id)

    async def retry(self, principal: Principal, job_id: int) -> tuple[Job, Sequence[JobAttempt]]:
        """Bring a dead letter back. Raises NotFound, and Conflict for a job that is none."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.jobs.retry(job_id)
            found = await work.jobs.get(job_id), await work.jobs.attempts(job_id)
            retried = act_of(principal, "job.retried", "job", f"job_{job_id}", task=found[0].task)
            await work.audit.append(retried, self._clock.now())
            await work.commit()
        return found
