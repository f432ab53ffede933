"""The bounded queue between journals and the journal writer, and who waits for which event to be acknowledged."""

import asyncio
from collections import deque
from collections.abc import Sequence

import structlog

from voiceagent.control.streams import EventLine

_log = structlog.get_logger(__name__)

_LENGTH = 20_000  # about 20 MB; 100 calls make some 500 events a second at most


class EventQueue:
    """Events in order. What was taken counts as queued until it is acknowledged. For one event loop."""

    def __init__(self, length: int = _LENGTH) -> None:
        self._length = length
        self._lines: deque[EventLine] = deque()
        self._taken: list[EventLine] = []
        self._news = asyncio.Event()
        self._offered = 0
        self._acknowledged = 0
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self.dropped = 0

    def offer(self, line: EventLine) -> int:
        """Queue an event; its ticket for `wait_for`. When the queue is full the event is dropped and counted."""
        if len(self._lines) >= self._length:
            self.dropped += 1
            _log.error("journal is full, event dropped", call_id=line.call_id, seq=line.seq, dropped=self.dropped)
            return self._offered
        self._lines.append(line)
        self._offered += 1
        self._news.set()
        return self._offered

    async def wait_for_news(self, timeout_s: float | None) -> None:
        """Until there is something to take, or for `timeout_s` (None: without end)."""
        if self._lines:
            return
        self._news.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return

    def take(self, limit: int | None = None) -> Sequence[EventLine]:
        """What was taken and not acknowledged, and then the next ones, up to `limit` in all."""
        while self._lines and (limit is None or len(self._taken) < limit):
            self._taken.append(self._lines.popleft())
        return tuple(self._taken)

    def acknowledge_taken(self) -> None:
        """Everything taken is safe now."""
        self._acknowledged += len(self._taken)
        self._taken.clear()
        for ticket, future in self._waiters:
            if ticket <= self._acknowledged and not future.done():
                future.set_result(None)
        self._waiters = [waiter for waiter in self._waiters if not waiter[1].done()]

    async def wait_for(self, ticket: int, timeout_s: float) -> bool:
        """Wait until everything up to `ticket` is acknowledged; False on timeout."""
        if ticket <= self._acknowledged:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((ticket, future))
        try:
            async with asyncio.timeout(timeout_s):
                await future
        except TimeoutError:
            return False
        return True
