"""The journal of a call, and the one task per process that ships the events of all of them.

`append` only puts the event into a bounded queue. The writer sends batches to Redis; while Redis is away it writes them
to its spool file instead. An event is acknowledged once it is in one of the two, and from then on it is never lost.
Order is kept: nothing is sent past what this process still has in its spool.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import structlog

from voiceagent.control.event_queue import EventQueue
from voiceagent.control.spool import SpoolFile, adopt_left_over
from voiceagent.control.streams import EventLine, EventStream
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, StoreUnavailable
from voiceagent.core.ids import CallId, TenantId
from voiceagent.telephony.event_codec import decode_any, encode
from voiceagent.telephony.events import CallEvent, Recorded

_log = structlog.get_logger(__name__)

_BATCH = 256
_RETRY_S = 0.5
_NOT_LIVE = b" "  # before a spooled line; JSON allows it there, so that any version can read the line


class JournalWriter:
    """Ships queued events and drains spools. Run `run()` in a task group of the loop that the journals are used in."""

    def __init__(self, stream: EventStream, spool_folder: Path, clock: Clock) -> None:
        self.queue = EventQueue()
        self._stream = stream
        self._folder = spool_folder
        self._clock = clock
        self._spools: deque[SpoolFile] = deque()  # those of dead processes first, our own last
        self._own: SpoolFile | None = None
        self._retry_at = 0.0

    @property
    def is_spooling(self) -> bool:
        """Whether events wait in files for Redis to come back."""
        return bool(self._spools)

    async def run(self) -> None:
        """Ship until cancelled; what is queued by then goes into the spool, for the next process to drain."""
        try:
            self._spools.extend(await asyncio.to_thread(adopt_left_over, self._folder))
            while True:
                await self.queue.wait_for_news(self._pause_s())
                batch = self.queue.take(_BATCH)
                if batch:
                    await self._keep(batch)
                    self.queue.acknowledge_taken()
                await self._drain_some()
        finally:
            rest = self.queue.take()
            if rest:
                self._write_to_own_spool(rest)
                self.queue.acknowledge_taken()
            for spool in self._spools:
                spool.release()

    def _pause_s(self) -> float | None:
        return max(0.0, self._retry_at - self._clock.monotonic()) if self._spools else None

    async def _keep(self, batch: Sequence[EventLine]) -> None:
        """Return when `batch` is in Redis or in the spool; a full disk is waited for."""
        if self._own is None and await self._send(batch):
            return
        while True:
            try:
                await asyncio.to_thread(self._write_to_own_spool, batch)
            except OSError as error:
                _log.error("spool cannot be written", why=error.strerror, events=len(batch))
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def _send(self, lines: Sequence[EventLine]) -> bool:
        """Whether Redis has them; after a failure it is left alone for a moment."""
        if self._clock.monotonic() < self._retry_at:
            return False
        try:
            await self._stream.append(lines)
        except StoreUnavailable as error:
            self._retry_at = self._clock.monotonic() + _RETRY_S
            _log.warning("events are spooled", problem=str(error), events=len(lines))
            return False
        return True

    async def _drain_some(self) -> None:
        """Send a part of the first spool file; remove the file when nothing is left in it."""
        if not self._spools or self._clock.monotonic() < self._retry_at:
            return
        spool = self._spools[0]
        lines, position = await asyncio.to_thread(spool.peek, _BATCH)
        events = [line for line in map(_event_line, lines) if line is not None]
        if events and not await self._send(events):
            return
        spool.drop_to(position)
        if not lines:
            self._spools.popleft().remove()
            if spool is self._own:
                self._own = None
                _log.info("spool is drained")

    def _write_to_own_spool(self, batch: Sequence[EventLine]) -> None:
        if self._own is None:
            self._own = SpoolFile.create(self._folder)
            self._spools.append(self._own)
        self._own.write([line.line if line.live else _NOT_LIVE + line.line for line in batch])


def _event_line(line: bytes) -> EventLine | None:
    """None for a line that is no event: a file that somebody edited must not hold up the others."""
    try:
        recorded = decode_any(line)
    except BadInput:
        _log.error("spool holds a line that is no event", size=len(line))
        return None
    return EventLine(
        call_id=recorded.call_id,
        seq=recorded.seq,
        line=line.removeprefix(_NOT_LIVE),
        live=not line.startswith(_NOT_LIVE),
    )


class RedisJournal:
    """The log of one call; fits `session.ports.Journal`. Numbers the events from 1. Not `live`: no viewer follows."""

    def __init__(
        self, writer: JournalWriter, call_id: CallId, tenant_id: TenantId, clock: Clock, *, live: bool = True
    ) -> None:
        self._queue = writer.queue
        self._live = live
        self._call_id = call_id
        self._tenant_id = tenant_id
        self._clock = clock
        self._seq = 0
        self._ticket = 0

    def append(self, event: CallEvent) -> None:
        """Hand the event over; never waits."""
        self._seq += 1
        recorded = Recorded(
            call_id=self._call_id, tenant_id=self._tenant_id, seq=self._seq, at=self._clock.now(), event=event
        )
        self._ticket = self._queue.offer(
            EventLine(call_id=self._call_id, seq=self._seq, line=encode(recorded), live=self._live)
        )

    async def flush(self, timeout_s: float) -> bool:
        """Wait until everything is acknowledged; False on timeout."""
        return await self._queue.wait_for(self._ticket, timeout_s)
