"""A call's events as they happen: first what the records hold, then the live stream, without a gap or a repetition.

Redis has a running call's events at once and keeps them for an hour; Postgres has them for good, a moment later. So
each round asks both: the live stream first, and the records when it has nothing or is away.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager

from voiceagent.api.principal import Principal
from voiceagent.api.resources.calls.present import live_event, seen_by, stored_event
from voiceagent.api.resources.calls.schemas import Event
from voiceagent.api.resources.calls.service import CallService
from voiceagent.control.streams import LiveEvents
from voiceagent.core.errors import NotFound, StoreUnavailable, Unavailable
from voiceagent.core.ids import CallId
from voiceagent.telephony.events import CallEnded

_MAX_WATCHERS = 200  # each holds a connection to Redis while it waits
_PAGE = 500
_ROUND_MS = 1_000
_HEARTBEAT_ROUNDS = 10
_PATIENCE_S = 1.0
_HEARTBEAT = ": still here\n\n"


class LiveCalls:
    """Server-sent events of calls (HTML Living Standard, section 9.2)."""

    def __init__(self, service: CallService, live: LiveEvents) -> None:
        self._service = service
        self._live = live
        self.watchers = 0

    async def follow(self, principal: Principal, call_id: CallId, after_seq: int) -> AsyncGenerator[str]:
        """SSE text until the call has ended. Raises NotFound and Unavailable before the first piece, never later."""
        # One entry for all that follows: who watches a call reads it to its end
        read = await self._service.read_events(principal, call_id, after_seq=after_seq, limit=_PAGE, live=True)
        backlog = _unbroken([stored_event(one) for one in read], after_seq)
        with self._seat():
            yield _HEARTBEAT  # opens the stream even when nothing has happened yet
            seq, rounds = after_seq, 0
            while True:
                for event in backlog:
                    yield as_sse(seen_by(principal.scopes, event))
                    seq = event.seq
                    if event.type == CallEnded.TYPE:
                        return
                rounds += 1
                backlog = await self._news(principal, call_id, seq)
                if not backlog and rounds % _HEARTBEAT_ROUNDS == 0:
                    yield _HEARTBEAT

    @contextmanager
    def _seat(self) -> Iterator[None]:
        if self.watchers >= _MAX_WATCHERS:
            raise Unavailable(f"{_MAX_WATCHERS} connections follow calls already; try again later")
        self.watchers += 1
        try:
            yield
        finally:
            self.watchers -= 1

    async def _news(self, principal: Principal, call_id: CallId, seq: int) -> Sequence[Event]:
        """What follows `seq` now, in order and without a gap; maybe nothing."""
        try:
            live = [live_event(one) for one in await self._live.read(call_id, seq, wait_ms=_ROUND_MS)]
        except StoreUnavailable:
            live = []
            await asyncio.sleep(_PATIENCE_S)
        if live and live[0].seq == seq + 1:
            return _unbroken(live, seq)
        try:
            return await self._stored(principal, call_id, seq)
        except (StoreUnavailable, NotFound):  # NotFound: erased while it is watched; the client's next try says so
            await asyncio.sleep(_PATIENCE_S)
            return []

    async def _stored(self, principal: Principal, call_id: CallId, seq: int) -> Sequence[Event]:
        found = await self._service.events(principal, call_id, after_seq=seq, limit=_PAGE)
        return _unbroken([stored_event(one) for one in found], seq)


def as_sse(event: Event) -> str:
    """One event as SSE text: its seq is the id that a client comes back with."""
    return f"id: {event.seq}\nevent: {event.type}\ndata: {event.model_dump_json()}\n\n"


def _unbroken(events: Sequence[Event], seq: int) -> Sequence[Event]:
    """The events that follow `seq` without a hole; what lies behind a hole comes in a later round."""
    return [event for place, event in enumerate(events, start=seq + 1) if event.seq == place]
