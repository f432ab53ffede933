"""HTTP for the contacts of campaigns."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Limit, Page, page_by_id
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.campaigns.contact_service import ContactService
from voiceagent.api.resources.campaigns.schemas import AddedContacts, Contact, Forecast, NewContacts
from voiceagent.api.resources.retention.endpoints import IdCursor
from voiceagent.compliance.rules.outbound import Decision
from voiceagent.records.campaign_values import ContactState, StoredContact

_FEW = Annotated[int, Query(ge=1, le=50, description="Objects per page.")]


def campaign_contacts_router(*, service: ContactService, guard: Guard) -> APIRouter:
    """Routes below /v1/campaigns/{campaign_id}."""
    router = APIRouter(prefix="/v1/campaigns/{campaign_id}", tags=["campaigns"])
    Reader = Annotated[Principal, Depends(guard.require("campaigns:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("campaigns:write"))]  # noqa: N806

    @router.post("/contacts", responses=responses(400, 404, 409, 413))
    async def add_contacts(principal: Writer, campaign_id: IdPath, new: NewContacts) -> AddedContacts:
        """Put people on the list. May be sent again: a reference stands for one number, and is added once.

        The answer tells of each contact that was not added why; the others are. Who was refused by the rules and is
        sent again is asked about again: consent may be there by now.
        """
        return await service.add(principal, campaign_id, new.contacts)

    @router.get("/contacts", responses=responses(400, 404))
    async def list_contacts(
        *,
        principal: Reader,
        campaign_id: IdPath,
        limit: Limit = DEFAULT_LIMIT,
        cursor: IdCursor = "",
        state: ContactState | None = None,
    ) -> Page[Contact]:
        """Everybody on the list, the oldest first, and what came of them."""
        states = () if state is None else (state,)
        found = await service.list(principal, campaign_id, limit=limit + 1, after=cursor, states=states)
        return page_by_id(found, limit, Contact.model_validate)

    @router.post("/contacts/{contact_id}/actions/withdraw", responses=responses(400, 404, 409))
    async def withdraw_contact(principal: Writer, campaign_id: IdPath, contact_id: IdPath) -> Contact:
        """Take somebody off the list. Whoever does not want to be called at all belongs to /v1/suppressions."""
        return Contact.model_validate(await service.withdraw(principal, campaign_id, contact_id))

    @router.get("/forecast", responses=responses(400, 404))
    async def get_forecast(
        *, principal: Reader, campaign_id: IdPath, limit: _FEW = 50, cursor: IdCursor = ""
    ) -> Page[Forecast]:
        """Who of those who wait may be called now, and who may not, and why. Nobody is called, nothing is kept."""
        found = await service.forecast(principal, campaign_id, limit=limit + 1, after=cursor)
        decisions = {contact.id: decision for contact, decision in found}
        return page_by_id(
            [contact for contact, _ in found], limit, lambda contact: _forecast(contact, decisions[contact.id])
        )

    return router


def _forecast(contact: StoredContact, decision: Decision) -> Forecast:
    return Forecast(
        id=contact.id,
        reference=contact.reference,
        allowed=decision.allowed,
        code=decision.code,
        detail=decision.detail,
        not_before=contact.not_before,
    )
