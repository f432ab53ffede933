import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog


@pytest.fixture
async def no_leaked_tasks() -> AsyncIterator[None]:
    """Whatever a test starts on the loop has ended when it ends."""
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before - {asyncio.current_task()} == set()


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What is logged, instead of pages of traceback on the screen."""
    with structlog.testing.capture_logs() as entries:
        yield entries
