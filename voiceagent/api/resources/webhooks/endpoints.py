"""HTTP for webhooks."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends

from voiceagent.api.auth import Guard
from voiceagent.api.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, cut, decode_cursor, encode_cursor
from voiceagent.api.paths import IdPath
from voiceagent.api.principal import Principal
from voiceagent.api.problems import responses
from voiceagent.api.resources.webhooks.schemas import (
    Delivery,
    DeliveryState,
    NewWebhook,
    Webhook,
    WebhookWithSecret,
)
from voiceagent.api.resources.webhooks.service import WebhookService
from voiceagent.core.ids import CallId
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.values import StoredEndpoint

log = structlog.get_logger(__name__)


def webhooks_router(*, service: WebhookService, guard: Guard) -> APIRouter:
    """Routes below /v1/webhooks."""
    router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
    Reader = Annotated[Principal, Depends(guard.require("webhooks:read"))]  # noqa: N806 - a type
    Writer = Annotated[Principal, Depends(guard.require("webhooks:write"))]  # noqa: N806

    @router.get("", responses=responses())
    async def list_webhooks(principal: Reader) -> Page[Webhook]:
        """All endpoints of the tenant; there are never many, so this is one page."""
        found = await service.list(principal)
        return Page(items=[Webhook.model_validate(one) for one in found], next_cursor=None)

    @router.post("", status_code=201, responses=responses(400, 409, 413))
    async def add_webhook(principal: Writer, wanted: NewWebhook) -> WebhookWithSecret:
        """Tell an endpoint of events from now on. What is sent holds ids; ask the API for what they name."""
        made, secret = await service.add(
            principal, url=wanted.url, description=wanted.description, event_types=list(wanted.event_types)
        )
        log.info("webhook_added", endpoint_id=made.id, by=principal.id)
        return _with_secret(made, secret)

    @router.get("/{endpoint_id}", responses=responses(400, 404))
    async def get_webhook(principal: Reader, endpoint_id: IdPath) -> Webhook:
        """One endpoint."""
        return Webhook.model_validate(await service.get(principal, endpoint_id))

    @router.delete("/{endpoint_id}", status_code=204, responses=responses(400, 404))
    async def delete_webhook(principal: Writer, endpoint_id: IdPath) -> None:
        """Forget an endpoint, its deliveries and those that are still to come."""
        await service.remove(principal, endpoint_id)
        log.info("webhook_deleted", endpoint_id=endpoint_id, by=principal.id)

    @router.post("/{endpoint_id}/actions/enable", responses=responses(400, 404))
    async def enable_webhook(principal: Writer, endpoint_id: IdPath) -> Webhook:
        """Deliver again what happens from now on; what was missed can be redelivered."""
        return Webhook.model_validate(await service.switch(principal, endpoint_id, on=True))

    @router.post("/{endpoint_id}/actions/disable", responses=responses(400, 404))
    async def disable_webhook(principal: Writer, endpoint_id: IdPath) -> Webhook:
        """Deliver nothing until it is enabled again."""
        return Webhook.model_validate(await service.switch(principal, endpoint_id, on=False))

    @router.post("/{endpoint_id}/actions/rotate-secret", responses=responses(400, 404, 409))
    async def rotate_secret(principal: Writer, endpoint_id: IdPath) -> WebhookWithSecret:
        """A new secret; for a day the older one signs as well."""
        found, secret = await service.rotate_secret(principal, endpoint_id)
        log.info("webhook_secret_rotated", endpoint_id=endpoint_id, by=principal.id)
        return _with_secret(found, secret)

    @router.get("/{endpoint_id}/deliveries", responses=responses(400, 404))
    async def list_deliveries(
        *,
        principal: Reader,
        endpoint_id: IdPath,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = "",
        state: DeliveryState | None = None,
    ) -> Page[Delivery]:
        """What the endpoint was told, newest first."""
        found = await service.deliveries(
            principal, endpoint_id, state=state or "", limit=limit + 1, before=decode_cursor(cursor)
        )
        page, last = cut(found, limit)
        more = encode_cursor(CallCursor(started_at=last.entered_at, call_id=CallId(last.id))) if last else None
        return Page(items=[Delivery.model_validate(one) for one in page], next_cursor=more)

    @router.post(
        "/{endpoint_id}/deliveries/{delivery_id}/actions/redeliver", status_code=202, responses=responses(400, 404, 409)
    )
    async def redeliver(principal: Writer, endpoint_id: IdPath, delivery_id: IdPath) -> Delivery:
        """Send it again now, under the same `webhook-id`, with all its attempts before it."""
        return Delivery.model_validate(await service.redeliver(principal, endpoint_id, delivery_id))

    return router


def _with_secret(endpoint: StoredEndpoint, secret: str) -> WebhookWithSecret:
    return WebhookWithSecret(**Webhook.model_validate(endpoint).model_dump(), secret=secret)
