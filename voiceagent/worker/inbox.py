"""What a gateway sent for one call's ears and waits its turn. Bounded: of micro-turns the oldest is dropped."""

import asyncio
from collections import deque

from voiceagent.core.errors import BadInput
from voiceagent.worker.messages import FinishHearing, SetHints, Turn

_LIMIT = 64  # 5 s of micro-turns; a worker further behind than this is overloaded

ForTheEars = Turn | FinishHearing | SetHints


class Inbox:
    """Messages in order. What is asked for is never dropped, only sound is: the gateway waits for the former."""

    def __init__(self) -> None:
        self._waiting: deque[ForTheEars] = deque()
        self._arrived = asyncio.Event()
        self.dropped_turns = 0

    def put(self, message: ForTheEars) -> None:
        """Never waits. Raises BadInput when a gateway floods it with requests."""
        if len(self._waiting) >= _LIMIT:
            self._drop_a_turn()
        self._waiting.append(message)
        self._arrived.set()

    async def get(self) -> ForTheEars:
        """The oldest message."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def _drop_a_turn(self) -> None:
        for place, message in enumerate(self._waiting):
            if isinstance(message, Turn):
                del self._waiting[place]
                self.dropped_turns += 1
                return
        raise BadInput(f"more than {_LIMIT} requests wait to be served")
