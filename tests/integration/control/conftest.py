"""Parts of the control plane, and a Redis that a test may kill."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from voiceagent.apps.embedded.redis import EmbeddedRedis
from voiceagent.control.connection import RedisConnection


@pytest.fixture
def mortal_redis(state: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(state)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def mortal(mortal_redis: EmbeddedRedis) -> AsyncIterator[RedisConnection]:
    connection = RedisConnection(mortal_redis.url)
    yield connection
    await connection.close()
