"""Runs jobs: fetches them, tries them again, and leaves those that are given up for an operator.

Delivery is at least once, so what a job does outside must bear repetition (an idempotency key, a row that is unique).
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision, builtin_tasks
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job as LibraryJob
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.clock import Clock
from voiceagent.core.errors import StoreUnavailable, Unavailable, first_error
from voiceagent.core.ids import TenantId
from voiceagent.records.jobs.attempts import Attempt, AttemptBook, AttemptOutcome
from voiceagent.records.jobs.lost import take_up
from voiceagent.records.jobs.retries import RetryPolicy, describe, next_wait_s

_log = structlog.get_logger(__name__)
_REST_S = 2.0  # between two tries to reach Postgres
_KEPT_HOURS: Final = 30 * 24  # jobs that succeeded; dead letters stay
_FORGET: Final = "forget_finished_jobs"
_EVERY_NIGHT: Final = "17 3 * * *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a handler is told."""

    tenant_id: TenantId
    arguments: Mapping[str, str]


Handler = Callable[[Order], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is done at the times that `cron` names (UTC); by one process, however many there are."""

    cron: str
    run: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """`silent_s`: a process without a heartbeat for so long is gone. `grace_s`: what runs may end after a stop."""

    concurrency: int = 4
    poll_s: float = 2.0  # new jobs announce themselves; those that wait for their time are looked for
    silent_s: float = 30.0
    grace_s: float = 8.0
    longest_s: float = 120.0  # one attempt
    longest_of: Mapping[str, float] = field(default_factory=dict)  # of tasks that take longer
    retries: RetryPolicy = field(default_factory=RetryPolicy)


class JobWorker:
    """One per process. `handlers` and `schedules` by task name; a handler that returns has done its job."""

    def __init__(
        self,
        engine: AsyncEngine,
        handlers: Mapping[str, Handler],
        clock: Clock,
        options: WorkerOptions,
        schedules: Mapping[str, Schedule] | None = None,
    ) -> None:
        self._engine = engine
        self._handlers = handlers
        self._schedules = schedules or {}
        self._clock = clock
        self._options = options
        self._book = AttemptBook(engine)

    async def run(self) -> None:
        """Until cancelled; then what runs may end, and what does not is tried again elsewhere. Outlives Postgres."""
        while True:
            try:
                await self._serve()
                _log.warning("job worker stopped by itself, and starts again")
            except* (ProcrastinateException, psycopg.Error, DBAPIError, StoreUnavailable) as group:
                _log.warning("job worker waits for Postgres", problem=type(first_error(group)).__name__)
            _heed_a_stop()
            await asyncio.sleep(_REST_S)

    async def _serve(self) -> None:
        app, options = self._app(), self._options
        async with app.open_async(), asyncio.TaskGroup() as tasks:
            beside = tasks.create_task(self._take_up())
            try:
                await app.run_worker_async(
                    queues=[*self._handlers, *self._schedules, _FORGET],
                    concurrency=options.concurrency,
                    fetch_job_polling_interval=options.poll_s,
                    shutdown_graceful_timeout=options.grace_s,
                    install_signal_handlers=False,
                    update_heartbeat_interval=options.silent_s / 3,
                    stalled_worker_timeout=options.silent_s,
                )
            finally:
                beside.cancel()

    async def _take_up(self) -> None:
        options = self._options
        while True:
            try:
                taken = await take_up(self._engine, options.retries, silent_s=options.silent_s, now=self._clock.now())
                if taken.again or taken.dead:
                    _log.warning("jobs of a lost process taken up", again=taken.again, dead=taken.dead)
            except StoreUnavailable as error:
                _log.warning("lost jobs wait for Postgres", problem=str(error))
            await asyncio.sleep(options.silent_s / 3)

    def _app(self) -> App:
        connector = PsycopgConnector(
            conninfo=self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
            kwargs={"connect_timeout": 5},
            timeout=5.0,
            min_size=1,
            max_size=self._options.concurrency + 2,
        )
        app = App(connector=connector)
        retries = _Retries(self._options.retries, self._clock.now)
        for task, handler in self._handlers.items():
            app.task(name=task, queue=task, retry=retries, pass_context=True)(self._runner(task, handler))
        forget = app.task(name=_FORGET, queue=_FORGET, queueing_lock=_FORGET, retry=retries, pass_context=True)(_forget)
        app.periodic(cron=_EVERY_NIGHT)(forget)
        for name, schedule in self._schedules.items():
            timed = app.task(name=name, queue=name, queueing_lock=name, retry=retries)(_at_its_time(schedule))
            app.periodic(cron=schedule.cron)(timed)
        return app

    def _runner(self, task: str, handler: Handler) -> Callable[..., Awaitable[None]]:
        longest_s = self._options.longest_of.get(task, self._options.longest_s)

        async def run(context: JobContext, tenant_id: str, **arguments: str) -> None:
            started_at = self._clock.now()
            outcome, problem = AttemptOutcome.SUCCEEDED, ""
            try:
                async with _at_most(longest_s):
                    await handler(Order(tenant_id=TenantId(tenant_id), arguments=arguments))
            except asyncio.CancelledError:
                outcome, problem = AttemptOutcome.INTERRUPTED, "its process was told to stop"
                raise
            except Exception as error:
                outcome, problem = AttemptOutcome.FAILED, describe(error)
                name = type(error).__name__
                _log.warning(
                    "job failed", task=context.job.task_name, job_id=context.job.id, problem=name, pii_error=problem
                )
                raise
            finally:
                await self._book.note(
                    Attempt(
                        job_id=context.job.id or 0,
                        tenant_id=TenantId(tenant_id),
                        started_at=started_at,
                        ended_at=self._clock.now(),
                        outcome=outcome,
                        error=problem,
                    )
                )

        return run


def _at_its_time(schedule: Schedule) -> Callable[..., Awaitable[None]]:
    async def run(timestamp: int) -> None:  # noqa: ARG001 - every scheduled task is told when it was due
        await schedule.run()

    return run


def _heed_a_stop() -> None:
    """A worker that cannot sign off, because Postgres is away, raises that in place of the cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


@asynccontextmanager
async def _at_most(seconds: float) -> AsyncIterator[None]:
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError as error:
        if not limit.expired():  # somebody else's
            raise
        raise Unavailable(f"the attempt did not end within {seconds:g} s") from error


class _Retries(BaseRetryStrategy):
    """`retries.next_wait_s` as procrastinate asks for it."""

    def __init__(self, policy: RetryPolicy, now: Callable[[], datetime]) -> None:
        self._policy = policy
        self._now = now
        self._dice = random.Random()  # noqa: S311 - spreads load, guards nothing

    def get_retry_decision(self, *, exception: BaseException, job: LibraryJob) -> RetryDecision | None:
        wait_s = next_wait_s(self._policy, exception, job.attempts + 1, self._dice.random())
        return None if wait_s is None else RetryDecision(retry_at=self._now() + timedelta(seconds=wait_s))


async def _forget(context: JobContext, timestamp: int) -> Any:  # noqa: ARG001 - every scheduled task is told when it was due
    return await builtin_tasks.remove_old_jobs(context, max_hours=_KEPT_HOURS)
