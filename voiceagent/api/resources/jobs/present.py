"""Records to what clients see. Pure."""

from collections.abc import Sequence
from dataclasses import asdict

from voiceagent.api.resources.jobs.schemas import Attempt, Job, JobDetail
from voiceagent.records import values


def job_of(job: values.Job) -> Job:
    return Job.model_validate(job, from_attributes=True)


def detail_of(job: values.Job, attempts: Sequence[values.JobAttempt]) -> JobDetail:
    """`last_error` is of the newest attempt that did not succeed."""
    errors = [attempt.error for attempt in attempts if attempt.outcome != "succeeded"]
    return JobDetail(
        **job_of(job).model_dump(),
        history=[Attempt.model_validate(asdict(attempt)) for attempt in attempts],
        last_error=errors[-1] if errors else None,
    )
