"""Campaigns of the principal's tenant. The jobs process calls; here is said who and whether."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.campaigns.schemas import NewCampaign
from voiceagent.compliance.dialling.placing import way_of
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, Conflict
from voiceagent.core.ids import new_id
from voiceagent.records.at_rest.contact_seal import ContactSeals
from voiceagent.records.campaign_values import (
    CLOSED_AT_ONCE,
    CampaignState,
    CampaignTerms,
    ContactState,
    StoredCampaign,
)
from voiceagent.records.unit_of_work import Records

LONGEST: Final = timedelta(days=90)


class CampaignService:
    def __init__(self, *, records: Records, seals: ContactSeals, clock: Clock) -> None:
        self._records = records
        self._seals = seals
        self._clock = clock

    async def create(self, principal: Principal, new: NewCampaign) -> StoredCampaign:
        """A draft. Raises BadInput for an end that is past or far away and for what `way_of` refuses, Conflict."""
        now = self._clock.now()
        if not now < new.ends_at <= now + LONGEST:
            raise BadInput(f"ends_at has to lie within {LONGEST.days} days from now")
        campaign_id = new_id("cmp")
        key = await self._seals.make(principal.tenant_id, campaign_id)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await way_of(work, new.line, new.profile, new.trunk)
            campaign = await work.campaigns.add(campaign_id, _terms(new), key, by=principal.id, now=now)
            await work.audit.append(act_of(principal, "campaign.created", "campaign", campaign_id), now)
            await work.commit()
        return campaign

    async def list(self, principal: Principal, *, limit: int, before: str) -> Sequence[StoredCampaign]:
        """Newest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.campaigns.list(limit=limit, before=before)

    async def get(self, principal: Principal, campaign_id: str) -> tuple[StoredCampaign, Mapping[ContactState, int]]:
        """A campaign, and how many contacts of each state it has. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.campaigns.get(campaign_id), await work.campaign_contacts.counts(campaign_id)

    async def start(self, principal: Principal, campaign_id: str) -> StoredCampaign:
        """Calls are placed from now on. Raises NotFound, Conflict when it ended, and what `way_of` raises."""
        return await self._enter(principal, campaign_id, CampaignState.RUNNING)

    async def pause(self, principal: Principal, campaign_id: str) -> StoredCampaign:
        """Nobody is called until it is started again; who talks goes on. Raises NotFound, Conflict when it ended."""
        return await self._enter(principal, campaign_id, CampaignState.PAUSED)

    async def end(self, principal: Principal, campaign_id: str) -> StoredCampaign:
        """Nobody is called any more, and the numbers are forgotten. Raises NotFound, Conflict when it ended."""
        return await self._enter(principal, campaign_id, CampaignState.ENDED)

    async def _enter(self, principal: Principal, campaign_id: str, state: CampaignState) -> StoredCampaign:
        async with self._records.unit_of_work(principal.tenant_id) as work:
            campaign, now = await work.campaigns.get(campaign_id, locked=True), self._clock.now()
            if campaign.state is CampaignState.ENDED:
                raise Conflict(f"campaign {campaign.terms.name} has ended; make a new one")
            if state is CampaignState.RUNNING:
                _check_time(campaign, now)
                await way_of(work, campaign.terms.line, campaign.terms.profile, campaign.terms.trunk)
            if state is CampaignState.ENDED:  # the jobs process goes on with what is left of a long list
                await work.campaign_contacts.close(campaign_id, now, limit=CLOSED_AT_ONCE)
            if state is not campaign.state:
                await work.campaigns.enter(campaign_id, state, now)
                await work.audit.append(act_of(principal, f"campaign.{state.value}", "campaign", campaign_id), now)
            entered = await work.campaigns.get(campaign_id)
            await work.commit()
        return entered


def _check_time(campaign: StoredCampaign, now: datetime) -> None:
    if now >= campaign.terms.ends_at:
        raise Conflict(f"the time of campaign {campaign.terms.name} is over; make a new one")


def _terms(new: NewCampaign) -> CampaignTerms:
    wanted = new.model_dump(exclude={"retry_after_s", "purpose"})
    return CampaignTerms(**wanted, purpose=new.purpose.value, retry_after=timedelta(seconds=new.retry_after_s))
