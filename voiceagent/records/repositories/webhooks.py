"""Webhook endpoints and deliveries of one tenant, as an operator sees them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.jobs.queue import JobQueue
from voiceagent.records.models import WebhookDeliveryModel, WebhookEndpointModel
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.values import StoredDelivery, StoredEndpoint, value_of
from voiceagent.records.webhooks.outbox import delivery_job

MOST_ENDPOINTS: Final = 20  # every event is looked at for each
_BOTH_SECRETS_FOR: Final = timedelta(days=1)


class WebhookRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._queue = JobQueue()

    async def list(self) -> Sequence[StoredEndpoint]:
        """All of them, in the order in which they were added."""
        own = select(WebhookEndpointModel).where(WebhookEndpointModel.tenant_id == self._tenant_id)
        rows = await self._session.scalars(own.order_by(WebhookEndpointModel.id))
        return [value_of(row, StoredEndpoint) for row in rows]

    async def add(self, *, url: str, description: str, event_types: Sequence[str], now: datetime) -> StoredEndpoint:
        """Raises Conflict when the tenant has as many as it may."""
        count = select(func.count()).select_from(WebhookEndpointModel)
        held = await self._session.scalar(count.where(WebhookEndpointModel.tenant_id == self._tenant_id)) or 0
        if held >= MOST_ENDPOINTS:
            raise Conflict(f"there are {held} webhook endpoints already: delete one, or let one tell others")
        row = WebhookEndpointModel(
            id=new_id("whe"),
            tenant_id=self._tenant_id,
            url=url,
            description=description,
            event_types=sorted(set(event_types)),
            created_at=now,
        )
        self._session.add(row)
        await self._session.flush()
        return value_of(row, StoredEndpoint)

    async def get(self, endpoint_id: str) -> StoredEndpoint:
        """Raises NotFound."""
        return value_of(await self._row(endpoint_id), StoredEndpoint)

    async def remove(self, endpoint_id: str) -> None:
        """With its deliveries. Raises NotFound."""
        await self._row(endpoint_id)
        await self._session.execute(delete(WebhookEndpointModel).where(WebhookEndpointModel.id == endpoint_id))

    async def enable(self, endpoint_id: str) -> StoredEndpoint:
        """Deliver to it again, from now on. Raises NotFound."""
        row = await self._row(endpoint_id)
        row.disabled_at, row.disabled_because, row.dead_in_a_row = None, "", 0
        return value_of(row, StoredEndpoint)

    async def disable(self, endpoint_id: str, now: datetime, *, because: str) -> StoredEndpoint:
        """Raises NotFound."""
        row = await self._row(endpoint_id)
        if row.disabled_at is None:
            row.disabled_at, row.disabled_because = now, because
        return value_of(row, StoredEndpoint)

    async def rotate_secret(self, endpoint_id: str, now: datetime) -> StoredEndpoint:
        """Sign with a new secret, and for a day with the older one too. Raises NotFound, Conflict within that day."""
        row = await self._row(endpoint_id)
        if row.older_secret_until is not None and row.older_secret_until > now:
            raise Conflict(f"two secrets sign until {row.older_secret_until.isoformat()}: rotate again after that")
        row.secret_version += 1
        row.older_secret_until = now + _BOTH_SECRETS_FOR
        return value_of(row, StoredEndpoint)

    async def deliveries(
        self, endpoint_id: str, *, state: str, limit: int, before: CallCursor | None
    ) -> Sequence[StoredDelivery]:
        """Newest first, at most `limit`, before (`started_at`, `call_id`) as time and id. Raises NotFound."""
        await self._row(endpoint_id)
        place = (WebhookDeliveryModel.entered_at, WebhookDeliveryModel.id)
        query = select(WebhookDeliveryModel).where(
            WebhookDeliveryModel.tenant_id == self._tenant_id, WebhookDeliveryModel.endpoint_id == endpoint_id
        )
        if state:
            query = query.where(WebhookDeliveryModel.state == state)
        if before is not None:
            query = query.where(tuple_(*place) < (before.started_at, before.call_id))
        rows = await self._session.scalars(query.order_by(*[column.desc() for column in place]).limit(limit))
        return [value_of(row, StoredDelivery) for row in rows]

    async def redeliver(self, endpoint_id: str, delivery_id: str, now: datetime) -> StoredDelivery:
        """Send it again now, with all its attempts before it. Raises NotFound, Conflict while it is being delivered."""
        query = select(WebhookDeliveryModel).where(
            WebhookDeliveryModel.tenant_id == self._tenant_id,
            WebhookDeliveryModel.endpoint_id == endpoint_id,
            WebhookDeliveryModel.id == delivery_id,
        )
        row = await self._session.scalar(query.with_for_update())
        if row is None:
            raise NotFound(f"there is no delivery {delivery_id}")
        if row.state == "pending":
            raise Conflict(f"delivery {delivery_id} is waiting for its next attempt already")
        row.state, row.attempts, row.due_at = "pending", 0, now
        await self._queue.enqueue(await self._session.connection(), delivery_job(self._tenant_id, delivery_id))
        return value_of(row, StoredDelivery)

    async def _row(self, endpoint_id: str) -> WebhookEndpointModel:
        query = select(WebhookEndpointModel).where(
            WebhookEndpointModel.tenant_id == self._tenant_id, WebhookEndpointModel.id == endpoint_id
        )
        row = await self._session.scalar(query.with_for_update())
        if row is None:
            raise NotFound(f"there is no webhook endpoint {endpoint_id}")
        return row
