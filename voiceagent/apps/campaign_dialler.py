"""Goes on with campaigns: sees how their calls ended, and has the next ones placed.

What it decides is committed before a gateway hears of it. Killed in between, the call is not dialled, and its contact
is called again as after any other failure.
"""

from collections import Counter

import structlog

from voiceagent.apps.campaign_step import CampaignStep, DiallerParts
from voiceagent.control.commands import DialCall
from voiceagent.core.clock import Clock
from voiceagent.core.errors import VoiceagentError
from voiceagent.core.ids import TenantId
from voiceagent.records.repositories.campaigns import campaigns_at_work

_log = structlog.get_logger(__name__)
_MOST_PASSES = 20  # transactions of one campaign in one look
_SHOWN_S = 2.0  # after which a gateway that was told to dial shows one line less


class CampaignDialler:
    def __init__(self, parts: DiallerParts) -> None:
        self._parts = parts
        self._dials = _RecentDials(parts.clock)

    async def look(self) -> None:
        """Once over all campaigns: at most one call more for each. Raises StoreUnavailable."""
        for tenant_id, campaign_id in await campaigns_at_work(self._parts.records.engine, self._parts.clock.now()):
            try:
                await self.go_on(tenant_id, campaign_id)
            except VoiceagentError as error:  # such as a keeper of keys that is away: other campaigns go on
                _log.warning("campaign waits", campaign_id=campaign_id, problem=str(error))

    async def go_on(self, tenant_id: TenantId, campaign_id: str) -> None:
        """With one campaign. Nothing when another process has it. Raises Unavailable."""
        for _ in range(_MOST_PASSES):
            dial, again = await self._pass(tenant_id, campaign_id)
            if dial is not None:
                gateway_id, command = dial
                self._dials.note(gateway_id)
                await self._parts.commands.dial(gateway_id, command)
            if not again:
                return

    async def _pass(self, tenant_id: TenantId, campaign_id: str) -> tuple[tuple[str, DialCall] | None, bool]:
        """One transaction: what to dial, and whether there is more to be done at once."""
        async with self._parts.records.unit_of_work(tenant_id) as work:
            campaign = await work.campaigns.take(campaign_id)
            if campaign is None:
                return None, False
            step = CampaignStep(self._parts, work, tenant_id, campaign, self._parts.clock.now())
            await step.settle()
            await step.tell_when_worked_off()
            dial = await step.advance(self._dials.of_each())
            await work.commit()
        return dial, step.unfinished and dial is None


class _RecentDials:
    """What gateways were told to dial, and may not show yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._dials: list[tuple[float, str]] = []

    def note(self, gateway_id: str) -> None:
        self._dials.append((self._clock.monotonic(), gateway_id))

    def of_each(self) -> Counter[str]:
        now = self._clock.monotonic()
        self._dials = [dial for dial in self._dials if now - dial[0] < _SHOWN_S]
        return Counter(gateway_id for _, gateway_id in self._dials)
