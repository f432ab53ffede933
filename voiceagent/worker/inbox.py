"""What a gateway sent for one call and waits its turn. Bounded: of sound the oldest is dropped."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

from voiceagent.audio.frame import Pcm
from voiceagent.core.errors import BadInput
from voiceagent.worker.messages import FinishHearing, SetHints

_LIMIT = 64  # 5 s of micro-turns; a worker further behind than this is overloaded

Request = FinishHearing | SetHints


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The caller's half of a micro-turn, 16 kHz (samples,), and what the model made of it."""

    pcm: Pcm
    caller_active: float


_Sound = TypeVar("_Sound")  # what may be dropped: a micro-turn, or the sound of one


class Inbox(Generic[_Sound]):
    """Messages in order. What is asked for is never dropped, only sound is: the gateway waits for the former."""

    def __init__(self) -> None:
        self._waiting: deque[_Sound | Request] = deque()
        self._arrived = asyncio.Event()
        self.dropped_turns = 0

    def put(self, message: _Sound | Request) -> None:
        """Never waits. Raises BadInput when a gateway floods it with requests."""
        if len(self._waiting) >= _LIMIT:
            self._drop_a_turn()
        self._waiting.append(message)
        self._arrived.set()

    async def get(self) -> _Sound | Request:
        """The oldest message."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def _drop_a_turn(self) -> None:
        for place, message in enumerate(self._waiting):
            if not isinstance(message, FinishHearing | SetHints):
                del self._waiting[place]
                self.dropped_turns += 1
                return
        raise BadInput(f"more than {_LIMIT} requests wait to be served")
