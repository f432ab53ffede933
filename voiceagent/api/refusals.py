"""Refused requests in the audit log, so counted that a flood of them cannot fill it.

The first of a kind is written at once; the others of its minute are written as one number.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from voiceagent.core.clock import Clock
from voiceagent.core.errors import StoreUnavailable
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.audit.entry import INSTALLATION
from voiceagent.records.unit_of_work import Records

_log = structlog.get_logger(__name__)

_KINDS: Final = 20  # a minute; all above it are one kind more
_WINDOW_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Refusals that are alike are counted together. `actor` is a key's id, or the visible part of one not known."""

    tenant_id: TenantId = INSTALLATION
    reason: str
    actor_kind: str = "anonymous"
    actor: str = ""
    ip: str = ""


class RefusalTally:
    """Counts within a window. Memory and entries are bounded, whatever is sent."""

    def __init__(self) -> None:
        self._seen: set[Refusal] = set()
        self._more: Counter[Refusal] = Counter()

    def note(self, refusal: Refusal) -> bool:
        """Whether it is the first of its kind in this window, to be written at once."""
        if refusal in self._seen:
            self._more[refusal] += 1
        elif len(self._seen) < _KINDS:
            self._seen.add(refusal)
            return True
        else:
            self._more[Refusal(reason="many")] += 1
        return False

    def close(self) -> Mapping[Refusal, int]:
        """End the window: how many of each kind were not written."""
        more, self._more, self._seen = self._more, Counter(), set()
        return more


class RefusalLog:
    """Writes refusals. A store that is away keeps nobody from being refused."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._tally = RefusalTally()

    async def note(self, refusal: Refusal) -> None:
        if self._tally.note(refusal):
            await self._write(refusal, 1)

    async def run(self) -> None:
        """Write the counts of every minute, until cancelled."""
        while True:
            await asyncio.sleep(_WINDOW_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what was counted since."""
        for refusal, times in self._tally.close().items():
            await self._write(refusal, times)

    async def _write(self, refusal: Refusal, times: int) -> None:
        act = Act(
            action="auth.refused",
            actor=Actor(kind=refusal.actor_kind, id=refusal.actor),
            object_kind="api",
            result="refused",
            reason=refusal.reason,
            details={"ip": refusal.ip, "times": times},
        )
        try:
            async with self._records.unit_of_work(refusal.tenant_id) as work:
                await work.audit.append(act, self._clock.now())
                await work.commit()
        except StoreUnavailable as error:
            _log.warning("refusals are not in the audit log", refusals=times, problem=str(error))
