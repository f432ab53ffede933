"""Where the media thread and the call session meet.

The gateway's media thread calls `pull` and `push` once per 20 ms each; the session reads finished micro-turns on its
event loop and commands the playout. Everything under the lock only moves bytes, so neither side waits for the other.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from threading import Lock

from voiceagent.audio.frame import FRAME_BYTES, FRAME_MS, Pcm, from_bytes, to_bytes
from voiceagent.audio.playout import PlayedUtterance, PlayoutBuffer, PulledFrame
from voiceagent.audio.words import WordTiming
from voiceagent.core.ids import UtteranceId

_NOTHING = PulledFrame(pcm=from_bytes(bytes(FRAME_BYTES)))
_BACKLOG_FRAMES = 250  # 5 s: a session that lags further behind than this has failed; older frames are counted as lost


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFrame:
    """20 ms of the call: what was heard, what was played in the same tick, and what began or ended since the last."""

    end_ms: int
    caller: bytes  # FRAME_BYTES
    played: PulledFrame
    started: tuple[UtteranceId, ...] = ()
    ended: tuple[PlayedUtterance, ...] = ()

    def without_caller(self) -> "MediaFrame":
        """The same 20 ms in which nothing was heard."""
        return replace(self, caller=bytes(FRAME_BYTES))

    def silent(self) -> "MediaFrame":
        """The same 20 ms in which nothing was heard and nothing played."""
        return replace(self.without_caller(), played=replace(self.played, pcm=_NOTHING.pcm))


class CallMedia:
    """Implements `MediaExchange` for a gateway and the mouth's muscles for a session."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = Lock()
        self._playout = PlayoutBuffer()
        self._last = _NOTHING
        self._started: list[UtteranceId] = []
        self._ended: list[PlayedUtterance] = []
        self._frames: deque[MediaFrame] = deque()
        self._arrived = asyncio.Event()
        self._count = 0
        self._closed = False
        self.dropped_frames = 0
        self.bad_frames = 0

    # -- media thread -----------------------------------------------------------------------------------------

    def pull(self) -> bytes:
        """The next 20 ms to play."""
        with self._lock:
            self._last = self._playout.pull()
            if self._last.started is not None:
                self._started.append(self._last.started)
            if self._last.ended is not None:
                self._ended.append(self._last.ended)
            return to_bytes(self._last.pcm)

    def push(self, frame: bytes) -> None:
        """20 ms from the caller; pairs with the frame pulled last. A frame of a wrong size is replaced by silence."""
        if len(frame) != FRAME_BYTES:
            self.bad_frames += 1
            frame = bytes(FRAME_BYTES)
        with self._lock:
            self._count += 1
            self._frames.append(
                MediaFrame(
                    end_ms=self._count * FRAME_MS,
                    caller=frame,
                    played=self._last,
                    started=tuple(self._started),
                    ended=tuple(self._ended),
                )
            )
            self._last = _NOTHING
            self._started.clear()
            self._ended.clear()
            if len(self._frames) > _BACKLOG_FRAMES:
                self._lose_oldest()
            closed = self._closed
        if not closed:
            self._loop.call_soon_threadsafe(self._arrived.set)

    # -- session ----------------------------------------------------------------------------------------------

    async def frames(self) -> AsyncIterator[MediaFrame]:
        """Frames in order until `close`."""
        while not self._closed:
            await self._arrived.wait()
            self._arrived.clear()
            while (frame := self._take()) is not None:
                yield frame

    def close(self) -> None:
        """No more frames; from the event loop."""
        with self._lock:
            self._closed = True
        self._arrived.set()

    def rest(self) -> Iterator[MediaFrame]:
        """After `close`: the frames that nobody took."""
        while (frame := self._take()) is not None:
            yield frame

    @property
    def now_ms(self) -> int:
        """End of the last frame heard, on the call's media clock."""
        return self._count * FRAME_MS

    def open(self, utterance_id: UtteranceId) -> None:
        with self._lock:
            self._playout.open(utterance_id)

    def append(self, utterance_id: UtteranceId, pcm: Pcm, words: tuple[WordTiming, ...], *, last: bool) -> None:
        with self._lock:
            self._playout.append(utterance_id, pcm, words, last=last)

    def overlay(self, pcm: Pcm) -> None:
        with self._lock:
            self._playout.overlay(pcm)

    def duck(self) -> None:
        with self._lock:
            self._playout.duck()

    def unduck(self) -> None:
        with self._lock:
            self._playout.unduck()

    def pause(self) -> None:
        with self._lock:
            self._playout.pause()

    def proceed(self) -> None:
        with self._lock:
            self._playout.proceed()

    def drop(self) -> tuple[PlayedUtterance, ...]:
        with self._lock:
            return self._playout.drop()

    def _lose_oldest(self) -> None:
        """Its sound is lost, but not what began and ended in it: the talk waits for that."""
        lost = self._frames.popleft()
        self.dropped_frames += 1
        heir = self._frames[0]
        self._frames[0] = replace(heir, started=lost.started + heir.started, ended=lost.ended + heir.ended)

    def _take(self) -> MediaFrame | None:
        with self._lock:
            return self._frames.popleft() if self._frames else None
