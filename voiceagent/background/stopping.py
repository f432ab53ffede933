"""Stopping work that nobody waits for any more: its read is cut off and recorded as that, a change never is."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from voiceagent.background.reporting import Report
from voiceagent.core.ids import DelegationId

_REMEMBERED: Final = 64  # more than a process runs at once


class Stop:
    """Whether one delegation shall stop. Asking twice is asking once."""

    def __init__(self) -> None:
        self.wanted = False
        self._limits: list[asyncio.Timeout] = []

    def ask(self) -> None:
        """Everything that watches is over now."""
        self.wanted = True
        for limit in self._limits:
            _expire(limit)

    @contextmanager
    def watched_by(self, limit: asyncio.Timeout) -> Iterator[None]:
        """Within the running `limit`: it passes at once when a stop is asked for, so its owner has one way to end."""
        self._limits.append(limit)
        if self.wanted:
            _expire(limit)
        try:
            yield
        finally:
            self._limits.remove(limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who waits for a read: they are told what it is at, and may leave."""

    report: Report = field(default_factory=Report)
    stop: Stop = field(default_factory=Stop)


class Stops:
    """The running delegations of a process by their ids."""

    def __init__(self) -> None:
        self._running: dict[DelegationId, Stop] = {}
        self._early: deque[DelegationId] = deque(maxlen=_REMEMBERED)  # asked for before they ran: two ways, two speeds

    @contextmanager
    def running(self, delegation_id: DelegationId) -> Iterator[Stop]:
        """While it runs it can be stopped."""
        stop = self._running[delegation_id] = Stop()
        if delegation_id in self._early:
            stop.ask()
        try:
            yield stop
        finally:
            if self._running.get(delegation_id) is stop:
                del self._running[delegation_id]

    def ask(self, delegation_id: DelegationId) -> None:
        """Stop what runs under this id, or will."""
        stop = self._running.get(delegation_id)
        if stop is not None:
            stop.ask()
        else:
            self._early.append(delegation_id)


def _expire(limit: asyncio.Timeout) -> None:
    if not limit.expired():
        limit.reschedule(0)
