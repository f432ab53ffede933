"""The loop of the records writer: read a batch, write it, acknowledge it; wait while a store is away.

Delivery is at least once and writing is idempotent, so every event ends in Postgres exactly once. A batch is
acknowledged only after its transaction. An event that Postgres refuses must not hold up all others: the batch is
halved until that event stands alone, and then it is set aside where an operator finds it.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from voiceagent.core.errors import StoreUnavailable
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import Recorded

_log = structlog.get_logger(__name__)

_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 5.0


class Delivery(Protocol):
    """An event and the id under which it is acknowledged."""

    @property
    def id(self) -> str: ...

    @property
    def recorded(self) -> Recorded: ...


class EventSource(Protocol):
    """Where events come from; every method raises StoreUnavailable."""

    async def read(self) -> Sequence[Delivery]:
        """The next batch in order; empty after a short wait without news."""
        ...

    async def acknowledge(self, ids: Sequence[str]) -> None:
        """They are stored and need not come again."""
        ...

    async def set_aside(self, delivery_id: str, why: str) -> None:
        """Keep it apart for an operator, and acknowledge it."""
        ...


class RecordsIntake:
    """Moves events from the source into the records until cancelled."""

    def __init__(self, source: EventSource, writer: RecordsWriter) -> None:
        self._source = source
        self._writer = writer
        self.written = 0
        self.set_aside = 0

    async def run(self) -> None:
        """Never returns. Cancelling between write and acknowledgement only means that the batch comes again."""
        backoff = _Backoff()
        while True:
            try:
                batch = await self._source.read()
                if batch:
                    await self._store(batch)
                backoff.reset()
            except StoreUnavailable as error:
                _log.warning("records intake waits for Redis", problem=str(error), failures=backoff.failures)
                await backoff.wait()

    async def _store(self, batch: Sequence[Delivery]) -> None:
        """Write and acknowledge, however long Postgres is away: the batch in hand stays in hand."""
        backoff = _Backoff()
        stored: Sequence[Delivery] | None = None
        while stored is None:
            try:
                stored = await self._write(batch)
            except (StoreUnavailable, DBAPIError) as error:  # the second: a schema that is not ours yet
                _log.warning("records intake waits for Postgres", problem=_what(error), failures=backoff.failures)
                await backoff.wait()
        await self._source.acknowledge([delivery.id for delivery in stored])

    async def _write(self, batch: Sequence[Delivery]) -> Sequence[Delivery]:
        """The deliveries that are stored now; those that were refused have been set aside."""
        try:
            self.written += await self._writer.write([delivery.recorded for delivery in batch])
        except (DataError, IntegrityError) as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                return [*await self._write(batch[:middle]), *await self._write(batch[middle:])]
            self.set_aside += 1
            why = _what(error)
            _log.error("event refused by Postgres", delivery=batch[0].id, call_id=batch[0].recorded.call_id, why=why)
            await self._source.set_aside(batch[0].id, why)
            return []
        return batch


def _what(error: StoreUnavailable | DBAPIError) -> str:
    """Safe to log: messages of the database quote values."""
    return type(error.orig).__name__ if isinstance(error, DBAPIError) else str(error)


class _Backoff:
    """Waits longer after each failure in a row, up to a bound."""

    def __init__(self) -> None:
        self.failures = 0

    def reset(self) -> None:
        self.failures = 0

    async def wait(self) -> None:
        await asyncio.sleep(min(_FIRST_WAIT_S * 2**self.failures, _LONGEST_WAIT_S))
        self.failures = min(self.failures + 1, 10)
