"""Counts what went wrong inside library callbacks, where nothing may be raised."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol

import structlog

_log = structlog.get_logger(__name__)
P = ParamSpec("P")


class Mishaps:
    """Counters by place. Adding is cheap and never raises, so media threads may; `report` logs what is new."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._reported: dict[str, int] = {}
        self._last: dict[str, str] = {}

    def add(self, where: str, what: str = "") -> None:
        """Count one. `what` is a short description; the last one per place is kept."""
        self.counts[where] = self.counts.get(where, 0) + 1
        self._last[where] = what

    def report(self) -> None:
        """Log the places whose count has grown since the last report. Not for media threads."""
        for where, count in list(self.counts.items()):
            if count != self._reported.get(where, 0):
                self._reported[where] = count
                _log.warning("sip callback mishap", where=where, count=count, what=self._last.get(where, ""))


class _HasMishaps(Protocol):
    mishaps: Mishaps


def guarded(callback: Callable[..., None]) -> Callable[..., None]:
    """Decorate a library callback: an exception is counted and goes no further.

    An exception that leaves a callback is kept in sys.last_traceback with its frames, and with them the library's
    objects: they would outlive the library, which aborts the process.
    """

    @wraps(callback)
    def inner(self: _HasMishaps, *args: Any) -> None:
        try:
            callback(self, *args)
        except Exception as error:
            self.mishaps.add(callback.__name__, describe(error))

    return inner


def describe(error: BaseException) -> str:
    """A short text of an exception; holds no reference to it."""
    operation = getattr(error, "title", "")  # pjsua2's errors name the C call that failed
    info = f"{operation}: {getattr(error, 'reason', '')}" if operation else str(error)
    return f"{type(error).__name__}: {info[:200]}"
