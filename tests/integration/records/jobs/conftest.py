"""A queue, and workers that do not wait long."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.records.jobs.working import TENANT, working
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.jobs.worker import Handler

Enqueue = Callable[..., Awaitable[int]]
Work = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture
def enqueue(engine: AsyncEngine) -> Enqueue:
    async def put(task: str = "greet", **arguments: str) -> int:
        async with engine.begin() as connection:
            return await JobQueue().enqueue(
                connection, NewJob(task=task, tenant_id=TENANT, arguments={"name": "Anna", **arguments})
            )

    return put


@pytest.fixture
def work(engine: AsyncEngine) -> Work:
    @asynccontextmanager
    async def run(handler: Handler, **options: float) -> AsyncIterator[None]:
        async with working(engine, {"greet": handler}, **options):
            yield

    return run
