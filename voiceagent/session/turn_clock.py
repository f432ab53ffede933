"""Which time of the call a worker's answer is about, and whether the worker still answers."""

from collections import deque
from typing import Final

LIMIT_MS: Final = 5000  # a caller takes a longer silence for a dead line; a worker's own queue is as long


class TurnClock:
    """Counts micro-turns out and floor signals in; pure."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, int]] = deque()  # (number, end in ms of the media clock)
        self._sent = 0
        self._last_sent_ms = 0
        self._last_answered_ms = 0

    @property
    def stalled(self) -> bool:
        """The worker is connected, but hangs or does not keep up."""
        return bool(self._waiting) and self._last_sent_ms - self._waiting[0][1] >= LIMIT_MS

    def sent(self, end_ms: int) -> None:
        """The next micro-turn goes out; it ended at `end_ms`."""
        self._waiting.append((self._sent, end_ms))
        self._sent += 1
        self._last_sent_ms = end_ms

    def answered(self, number: int) -> int:
        """When the micro-turn that this answer is about had ended. Those before it will get none any more."""
        while self._waiting and self._waiting[0][0] <= number:
            self._last_answered_ms = self._waiting.popleft()[1]
        return self._last_answered_ms
