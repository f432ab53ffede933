"""Finishes what nobody finished: effects whose committer died, or whose system did not answer."""

import asyncio
from typing import Final

import structlog

from voiceagent.background.effects.commit import Committer
from voiceagent.background.effects.ledger import EffectLedger
from voiceagent.core.clock import Clock
from voiceagent.core.errors import NotFound

_log = structlog.get_logger(__name__)
_EVERY_S: Final = 5.0
_AT_ONCE: Final = 16


class EffectRecovery:
    """A loop beside the service; any number of them may run."""

    def __init__(self, ledger: EffectLedger, committer: Committer, clock: Clock) -> None:
        self._ledger = ledger
        self._committer = committer
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled. A store that is away is asked again later."""
        while True:
            try:
                await self.sweep()
            except Exception:  # noqa: BLE001 - whatever is wrong now, what was promised has to be finished later
                _log.exception("effects cannot be recovered now")
            await asyncio.sleep(_EVERY_S)

    async def sweep(self) -> int:
        """Try everything abandoned once; how many there were. Raises StoreUnavailable."""
        waiting = await self._ledger.abandoned(self._clock.now(), _AT_ONCE)
        for proposal_id in waiting:
            try:
                outcome = await self._committer.commit(proposal_id)
            except NotFound:
                continue  # somebody removed it meanwhile
            _log.info("effect recovered", proposal_id=proposal_id, status=outcome.status.value)
        return len(waiting)
