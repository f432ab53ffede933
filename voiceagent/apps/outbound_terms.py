"""Beside the hourly purge: the terms of what calls of ours leave behind that is in no call's log."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from voiceagent.compliance.retention.decision import Outcome, decide
from voiceagent.compliance.retention.rules import Rules, shortest_days
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.records.campaign_values import StoredCampaign
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.retention_values import CallFacts
from voiceagent.records.unit_of_work import Records

_AT_ONCE: Final = 10_000  # rows of one tenant in one run


class CampaignExpiry:
    """Campaigns that have ended go with their contacts, when the metadata of their calls does.

    Policies, limits and legal holds are asked as they are about a call of that line and agent which ended then.
    """

    def __init__(self, records: Records, rules: Rules, clock: Clock) -> None:
        self._records = records
        self._rules = rules
        self._clock = clock

    async def run_all(self) -> None:
        """For every tenant. Raises StoreUnavailable."""
        for tenant_id in await PurgeStore(self._records.engine).tenants():
            async with self._records.unit_of_work(tenant_id) as work:
                rules = replace(
                    self._rules, policies=await work.retention.policies(), holds=await work.legal_holds.fixed()
                )
                now, class_ = self._clock.now(), ContentClass.METADATA
                old = await work.campaigns.ended(now - timedelta(days=shortest_days(class_, rules)))
                agents = {one.number: one.profile for one in await work.numbers.list()}
                calls = [_as_call(one, agents) for one in old]
                over = [one.call_id for one in calls if decide(one, class_, rules, now).outcome is Outcome.DELETE]
                await work.campaigns.forget(over)
                await work.commit()


def _as_call(campaign: StoredCampaign, agents: Mapping[str, str]) -> CallFacts:
    """agents: of lines, for campaigns that have none of their own."""
    line, ended_at = campaign.terms.line, campaign.ended_at or campaign.created_at
    profile = campaign.terms.profile or agents.get(line, "")
    return CallFacts(call_id=campaign.id, ended_at=ended_at, number=line, profile=profile)


class DecisionExpiry:
    """What the gate decided, and the calls that followed, are kept as long as evidence of consent is.

    Nothing goes while a legal hold on evidence is in force: decisions name no call that it could mean.
    """

    def __init__(self, records: Records, rules: Rules, clock: Clock) -> None:
        self._records = records
        self._live = timedelta(days=rules.default_days[ContentClass.CONSENT])
        self._clock = clock

    async def run_all(self) -> None:
        """For every tenant. Raises StoreUnavailable."""
        for tenant_id in await PurgeStore(self._records.engine).tenants():
            async with self._records.unit_of_work(tenant_id) as work:
                if not any(ContentClass.CONSENT in hold.classes for hold in await work.legal_holds.fixed()):
                    await work.outbound.forget(self._clock.now() - self._live, limit=_AT_ONCE)
                    await work.commit()
