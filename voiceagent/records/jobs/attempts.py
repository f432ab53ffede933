"""The book of attempts: what an operator reads to learn why a job is not done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from voiceagent.core.errors import StoreUnavailable
from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.engine import store_errors
from voiceagent.records.models import JobAttemptModel

_log = structlog.get_logger(__name__)


class AttemptOutcome(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # by a stop of our own
    LOST = "lost"  # its process was gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt. `error` is "" when it succeeded, and PII else."""

    job_id: int
    tenant_id: TenantId
    started_at: datetime
    ended_at: datetime
    outcome: AttemptOutcome
    error: str = ""


class AttemptBook:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def note(self, attempt: Attempt) -> None:
        """Write it down. A book that cannot be written never changes how the attempt ended."""
        try:
            with store_errors():
                async with AsyncSession(self._engine) as session:
                    session.add(row_of(attempt))
                    await session.commit()
        except (StoreUnavailable, SQLAlchemyError) as error:
            _log.warning("attempt is not in the book", job_id=attempt.job_id, problem=type(error).__name__)


def row_of(attempt: Attempt) -> JobAttemptModel:
    """The attempt as a new row."""
    return JobAttemptModel(
        id=new_id("att"),
        job_id=attempt.job_id,
        tenant_id=attempt.tenant_id,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        outcome=attempt.outcome.value,
        error=attempt.error,
    )
