"""The connection to Redis, and what its failures are called in the rest of the house."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from voiceagent.core.errors import StoreUnavailable

_TIMEOUT_S = 3.0
BLOCK_MS = 1_000  # blocking reads return by then, so that a dead connection is noticed by the timeout above


class RedisConnection:
    """A pool of connections to one Redis. Never retries by itself: each caller knows better what to do instead."""

    def __init__(self, url: str) -> None:
        self.client: Redis = Redis.from_url(
            url,
            protocol=2,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            decode_responses=False,
        )

    async def ping(self) -> None:
        """Raises StoreUnavailable when Redis does not answer."""
        with redis_errors():
            await self.client.ping()

    def pipeline(self, *, transaction: bool = True) -> Any:
        """Commands sent together. Untyped: the library's types promise an answer per command, there is none yet."""
        return self.client.pipeline(transaction=transaction)

    async def close(self) -> None:
        await self.client.aclose()


def ping_once(url: str) -> str:
    """What answers at `url`, for people; blocks. Raises StoreUnavailable."""
    with (
        redis_errors(),
        BlockingRedis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S) as client,
    ):
        server: Any = client.info("server")
        disk: Any = client.info("persistence")
    return f"Redis {server['redis_version']}, append-only file {'on' if disk['aof_enabled'] else 'OFF'}"


@contextmanager
def redis_errors() -> Iterator[None]:
    """Every failure of Redis means the same to us: it cannot be used now (gone, loading, full, read-only).

    A cancellation that comes while the client is sending is not lost: redis-py sends under `asyncio.wait_for`, which
    before Python 3.12 forgets it when the sending has just ended (CPython issue 86296). A loop would run for ever.
    """
    cancelled_before = _cancellations()
    try:
        yield
    except (RedisError, OSError) as error:
        if _cancellations() > cancelled_before:
            raise asyncio.CancelledError from error
        raise StoreUnavailable(f"Redis does not answer ({type(error).__name__}); run `voiceagent doctor`") from error
    if _cancellations() > cancelled_before:
        raise asyncio.CancelledError


def _cancellations() -> int:
    """How often the current task was asked to end; 0 outside of any."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return 0
    return 0 if task is None else task.cancelling()
