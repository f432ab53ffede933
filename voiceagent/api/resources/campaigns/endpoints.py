"""HTTP for campaigns."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Limit, Page, page_by_id
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.campaigns.schemas import Campaign, CampaignDetail, NewCampaign
from voiceagent.api.resources.campaigns.service import CampaignService
from voiceagent.api.resources.retention.endpoints import IdCursor
from voiceagent.records.campaign_values import StoredCampaign

_OWN = ("id", "state", "why", "created_at", "created_by", "started_at", "ended_at", "worked_off_at")


def campaigns_router(*, service: CampaignService, guard: Guard) -> APIRouter:
    """Routes below /v1/campaigns."""
    router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])
    Reader = Annotated[Principal, Depends(guard.require("campaigns:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("campaigns:write"))]  # noqa: N806

    @router.get("", responses=responses(400))
    async def list_campaigns(
        *, principal: Reader, limit: Limit = DEFAULT_LIMIT, cursor: IdCursor = ""
    ) -> Page[Campaign]:
        """Campaigns, newest first."""
        return page_by_id(await service.list(principal, limit=limit + 1, before=cursor), limit, campaign_of)

    @router.post("", status_code=201, responses=responses(400, 404, 409, 413))
    async def create_campaign(principal: Writer, new: NewCampaign) -> Campaign:
        """A draft: add contacts, look at the forecast, and start it."""
        return campaign_of(await service.create(principal, new))

    @router.get("/{campaign_id}", responses=responses(400, 404))
    async def get_campaign(principal: Reader, campaign_id: IdPath) -> CampaignDetail:
        """One campaign, and how far it is."""
        campaign, counts = await service.get(principal, campaign_id)
        return CampaignDetail(**_shown(campaign), contacts=dict(counts))

    @router.post("/{campaign_id}/actions/start", responses=responses(400, 404, 409))
    async def start_campaign(principal: Writer, campaign_id: IdPath) -> Campaign:
        """Call those who wait, and go on after a pause. The gate is asked for each call, twice."""
        return campaign_of(await service.start(principal, campaign_id))

    @router.post("/{campaign_id}/actions/pause", responses=responses(400, 404, 409))
    async def pause_campaign(principal: Writer, campaign_id: IdPath) -> Campaign:
        """Place no more calls. One that was asked for before the answer may still ring within seconds."""
        return campaign_of(await service.pause(principal, campaign_id))

    @router.post("/{campaign_id}/actions/end", responses=responses(400, 404, 409))
    async def end_campaign(principal: Writer, campaign_id: IdPath) -> Campaign:
        """The same for good; numbers of those who wait are forgotten."""
        return campaign_of(await service.end(principal, campaign_id))

    return router


def campaign_of(campaign: StoredCampaign) -> Campaign:
    """The campaign as clients see it."""
    return Campaign(**_shown(campaign))


def _shown(campaign: StoredCampaign) -> Mapping[str, Any]:
    terms = asdict(campaign.terms)
    terms["retry_after_s"] = round(terms.pop("retry_after").total_seconds())
    return {**terms, **{name: getattr(campaign, name) for name in _OWN}}
