"""The stream of events between sessions and the records writer, and the stream per call that viewers follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis.exceptions import ResponseError

from voiceagent.control import keys
from voiceagent.control.connection import BLOCK_MS, RedisConnection, redis_errors
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId
from voiceagent.telephony.event_codec import decode_any
from voiceagent.telephony.events import Recorded

_log = structlog.get_logger(__name__)

_FIELD = b"event"
_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """An encoded event (`telephony.event_codec.encode`) and where it belongs."""

    call_id: CallId
    seq: int
    line: bytes
    live: bool = True  # False: for the records only; a stream per refused call would fill Redis for whoever scans us


class EventStream:
    """Appends events: to the stream that the records writer reads, and to each live call's own stream."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection

    async def append(self, lines: Sequence[EventLine]) -> None:
        """All are on Redis's disk when this returns. Raises StoreUnavailable; then some may be there already."""
        with redis_errors():
            async with self._connection.pipeline(transaction=False) as pipe:
                for line in lines:
                    pipe.xadd(keys.EVENTS, {_FIELD: line.line})
                appended = await pipe.execute(raise_on_error=False)
        failed = next((answer for answer in appended if isinstance(answer, Exception)), None)
        if failed is not None:
            with redis_errors():
                raise failed
        await self.show([line for line in lines if line.live])

    async def show(self, lines: Sequence[EventLine]) -> None:
        """Append to the live streams only. An event that is there already is refused by its id, which is its seq."""
        if not lines:
            return
        with redis_errors():
            async with self._connection.pipeline(transaction=False) as pipe:
                for line in lines:
                    pipe.xadd(keys.live(line.call_id), {_FIELD: line.line}, id=f"{line.seq}-0", maxlen=keys.LIVE_LENGTH)
                for call_id in {line.call_id for line in lines}:
                    pipe.expire(keys.live(call_id), keys.LIVE_TTL_S)
                await pipe.execute(raise_on_error=False)


class LiveEvents:
    """What a viewer of one call reads: from any seq on, without a gap between the past and the present."""

    def __init__(self, connection: RedisConnection) -> None:
        self._redis = connection.client

    async def read(self, call_id: CallId, after_seq: int, *, wait_ms: int = BLOCK_MS) -> Sequence[Recorded]:
        """Events after `after_seq`; empty when none came within `wait_ms` (at most 2,000). Raises StoreUnavailable."""
        with redis_errors():
            answer: Any = await self._redis.xread(
                {keys.live(call_id): f"{after_seq}-0"}, count=_BATCH, block=min(wait_ms, 2_000)
            )
        return [decode_any(fields[_FIELD]) for _, entries in answer or () for _, fields in entries]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """An event and the id under which it is acknowledged."""

    id: str
    recorded: Recorded


class EventReader:
    """One consumer of the group that writes records; fits `records.intake.EventSource`.

    What was read and not acknowledged comes again: to this consumer when it starts anew under its name, and to any
    other when it has been left for a minute.
    """

    def __init__(self, connection: RedisConnection, consumer: str) -> None:
        self._connection = connection
        self._redis = connection.client
        self._consumer = consumer
        self._own_backlog: str | None = "0"  # where to go on in what an earlier run left; None when that is done
        self._has_group = False

    async def read(self) -> Sequence[Delivered]:
        """The next batch in order, empty after a second without news. Raises StoreUnavailable."""
        with redis_errors():
            if not self._has_group:
                await self._make_group()
            try:
                entries = await self._next_entries()
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):  # the key went with a Redis that lost its disk
                    raise
                self._has_group = False
                return []
        return [delivered for entry in entries if (delivered := await self._decode(*entry)) is not None]

    async def acknowledge(self, ids: Sequence[str]) -> None:
        """Stored: the entries go. Raises StoreUnavailable."""
        if not ids:
            return
        with redis_errors():
            async with self._connection.pipeline() as pipe:
                pipe.xack(keys.EVENTS, keys.EVENTS_GROUP, *ids)
                pipe.xdel(keys.EVENTS, *ids)
                await pipe.execute()

    async def set_aside(self, delivery_id: str, why: str) -> None:
        """Keep the entry where an operator finds it, and acknowledge it. Raises StoreUnavailable."""
        with redis_errors():
            found: Any = await self._redis.xrange(keys.EVENTS, min=delivery_id, max=delivery_id)
            for _, fields in found:
                await self._redis.xadd(keys.EVENTS_SET_ASIDE, {**fields, b"why": why}, maxlen=keys.SET_ASIDE_LENGTH)
        await self.acknowledge([delivery_id])

    async def waiting(self) -> int:
        """How many events are not stored yet. Raises StoreUnavailable."""
        with redis_errors():
            return int(await self._redis.xlen(keys.EVENTS))

    async def _make_group(self) -> None:
        try:
            await self._redis.xgroup_create(keys.EVENTS, keys.EVENTS_GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        self._has_group = True
        self._own_backlog = "0"

    async def _next_entries(self) -> Sequence[tuple[bytes, dict[bytes, bytes]]]:
        if self._own_backlog is not None:
            entries = await self._read_group(self._own_backlog, block=None)
            self._own_backlog = entries[-1][0].decode() if entries else None
            if entries:
                return entries
        abandoned: Any = await self._redis.xautoclaim(
            keys.EVENTS, keys.EVENTS_GROUP, self._consumer, min_idle_time=60_000, count=_BATCH
        )
        claimed = [entry for entry in abandoned[1] if entry[1] is not None]
        return claimed or await self._read_group(">", block=BLOCK_MS)

    async def _read_group(self, start: str, block: int | None) -> Sequence[tuple[bytes, dict[bytes, bytes]]]:
        answer: Any = await self._redis.xreadgroup(
            keys.EVENTS_GROUP, self._consumer, {keys.EVENTS: start}, count=_BATCH, block=block
        )
        return [entry for _, entries in answer or () for entry in entries if entry[1]]

    async def _decode(self, entry_id: bytes, fields: dict[bytes, bytes]) -> Delivered | None:
        try:
            return Delivered(id=entry_id.decode(), recorded=decode_any(fields[_FIELD]))
        except (BadInput, KeyError) as error:
            _log.error("event cannot be read", entry=entry_id.decode(), why=type(error).__name__)
            await self.set_aside(entry_id.decode(), type(error).__name__)
            return None
