"""An event loop whose clock jumps: when everybody waits, it is at once the time that the first of them waits for.

Timers, sleeps and timeouts then cost nothing, and a call of a minute takes as long as its computations.
"""

import asyncio
import selectors
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

_BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
_PATIENT = 20.0  # times as fast as the machine's clock, while something outside of the loop may be waited for


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`time()` is seconds since the loop was made. Use as `asyncio.Runner(loop_factory=VirtualTimeLoop)`."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._jumping = _JumpingSelector(self._jump)
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._now_s

    @contextmanager
    def patient(self) -> Iterator[None]:
        """Inside, time goes fast but does not jump: threads and sockets of a tool get their turn."""
        self._jumping.patience += 1
        try:
            yield
        finally:
            self._jumping.patience -= 1

    def _jump(self, seconds: float) -> None:
        self._now_s += seconds


class VirtualClock:
    """Implements `core.clock.Clock` by the loop that runs."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return _BEGAN + timedelta(seconds=self.monotonic())


class _JumpingSelector(selectors.BaseSelector):
    """Never sleeps for a timer: it tells how long it would have slept."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        self._real = selectors.DefaultSelector()
        self._jump = jump
        self.patience = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:  # nothing is scheduled, or something is to be done at once
            return self._real.select(timeout)
        ready = self._real.select(timeout / _PATIENT if self.patience else 0)
        if not ready:
            self._jump(timeout)
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()
