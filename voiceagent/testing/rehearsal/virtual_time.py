"""An event loop whose clock jumps: when everybody waits, it is at once the time that the first of them waits for.

Timers, sleeps and timeouts then cost nothing, and a call of a minute takes as long as its computations.
"""

import asyncio
import selectors
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

_BEGAN = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
_UNSEEN = (
    20.0  # times as fast as the machine's clock, while a tool may wait for something that cannot be seen from here
)

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


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
        """Inside, time does not jump over threads and sockets: while there are some, it goes as the machine's does."""
        self._jumping.patience += 1
        try:
            yield
        finally:
            self._jumping.patience -= 1

    def run_in_executor(self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts) -> asyncio.Future[_T]:
        """As every loop's; counts what runs in threads."""
        running = super().run_in_executor(executor, func, *args)
        self._jumping.in_threads += 1
        running.add_done_callback(self._thread_done)
        return running

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._jumping.in_threads -= 1

    def _jump(self, seconds: float) -> None:
        self._now_s += seconds


class VirtualClock:
    """Implements `core.clock.Clock` by the loop that runs."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return _BEGAN + timedelta(seconds=self.monotonic())


class _JumpingSelector(selectors.BaseSelector):
    """Never sleeps for a timer, unless in patience: it tells how long it would have slept."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        self._real = selectors.DefaultSelector()
        self._jump = jump
        self.patience = 0
        self.in_threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:  # nothing is scheduled, or something is to be done at once
            return self._real.select(timeout)
        ready = self._real.select(timeout / self._pace())
        if not ready:
            self._jump(timeout)
        return ready

    def _pace(self) -> float:
        """How much faster than the machine's clock time goes."""
        if not self.patience:
            return float("inf")
        outside = self.in_threads or len(self._real.get_map()) > 1  # one socket is the loop's own
        return 1.0 if outside else _UNSEEN

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()
