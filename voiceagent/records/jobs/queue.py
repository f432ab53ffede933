"""Entering a job: in the transaction of the caller, so that it is there exactly when their own writes are."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import JobDeferrer
from sqlalchemy.ext.asyncio import AsyncConnection

from voiceagent.core.errors import StoreUnavailable
from voiceagent.core.ids import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """`arguments` hold ids, never personal data: what they name is read when the job runs.

    not_before: None runs it as soon as there is a free place. priority: those of a higher one are run first.
    """

    task: str
    tenant_id: TenantId
    arguments: Mapping[str, str]
    not_before: datetime | None = None
    priority: int = 0


class JobQueue:
    """Where jobs are entered; `worker.JobWorker` runs them."""

    def __init__(self) -> None:
        self._app = App(connector=PsycopgConnector())  # never opened: each job goes over its caller's connection

    async def enqueue(self, connection: AsyncConnection, job: NewJob) -> int:
        """The job's id. It exists once `connection` commits, and never when it rolls back. Raises StoreUnavailable."""
        with _defer_errors():
            deferrer = await self._deferrer(connection, job)
            return await deferrer.defer_async(tenant_id=job.tenant_id, **job.arguments)

    async def enqueue_all(self, connection: AsyncConnection, jobs: Sequence[NewJob]) -> None:
        """Jobs of one task, time and priority, in one statement. Raises StoreUnavailable."""
        if jobs:
            told: list[dict[str, Any]] = [{"tenant_id": one.tenant_id, **one.arguments} for one in jobs]
            with _defer_errors():
                await (await self._deferrer(connection, jobs[0])).batch_defer_async(*told)

    async def _deferrer(self, connection: AsyncConnection, job: NewJob) -> JobDeferrer:
        # Each task has a queue of its own: a worker of an older version leaves what it does not know to others
        raw = await connection.get_raw_connection()
        return self._app.configure_task(
            job.task,
            queue=job.task,
            schedule_at=job.not_before,
            priority=job.priority,
            connection=raw.driver_connection,
        )


@contextmanager
def _defer_errors() -> Iterator[None]:
    try:
        yield
    except ConnectorException as error:
        if isinstance(error.__cause__, psycopg.OperationalError):
            raise StoreUnavailable("Postgres closed the connection; run `voiceagent doctor`") from error
        raise
