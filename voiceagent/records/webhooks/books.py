"""Deliveries as the job sees them: what to send where, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from voiceagent.core.ids import TenantId
from voiceagent.records.engine import store_errors
from voiceagent.records.jobs.queue import JobQueue
from voiceagent.records.models import WebhookDeliveryModel, WebhookEndpointModel
from voiceagent.records.webhooks.news import DEAD_UNTIL_DISABLED, next_try
from voiceagent.records.webhooks.outbox import delivery_job


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """What goes out. `secret_versions`: newest first; each signs."""

    id: str
    tenant_id: TenantId
    endpoint_id: str
    url: str
    secret_versions: tuple[int, ...]
    event_type: str
    occurred_at: datetime
    call_id: str | None
    seq: int
    export_id: str | None = None
    campaign_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver answered: `status` 0 when it could not be reached, and then `problem` says why.

    `asked_wait`: its Retry-After.
    """

    status: int
    problem: str = ""
    asked_wait: timedelta = timedelta(0)

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def unwanted(self) -> bool:
        """Gone for good (RFC 9110, 410)."""
        return self.status == 410


class WebhookBooks:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._queue = JobQueue()

    async def due(self, tenant_id: TenantId, delivery_id: str, now: datetime) -> DueDelivery | None:
        """What is to be sent now; None when it is settled or gone. Raises StoreUnavailable."""
        with store_errors():
            async with AsyncSession(self._engine) as session, session.begin():
                delivery = await session.scalar(_own(tenant_id, delivery_id))
                if delivery is None or delivery.state != "pending":
                    return None
                endpoint = await session.get_one(WebhookEndpointModel, delivery.endpoint_id)
                if endpoint.disabled_at is not None:
                    delivery.state, delivery.due_at, delivery.problem = "dead", None, "the endpoint is disabled"
                    return None
                newest = endpoint.secret_version
                older = endpoint.older_secret_until is not None and endpoint.older_secret_until > now
                return DueDelivery(
                    id=delivery.id,
                    tenant_id=tenant_id,
                    endpoint_id=endpoint.id,
                    url=endpoint.url,
                    secret_versions=(newest, newest - 1) if older else (newest,),
                    event_type=delivery.event_type,
                    occurred_at=delivery.occurred_at,
                    call_id=delivery.call_id,
                    seq=delivery.seq,
                    export_id=delivery.export_id,
                    campaign_id=delivery.campaign_id,
                )

    async def settle(self, sent: DueDelivery, answer: Answer, now: datetime) -> None:
        """Write down what came of it and enter the next attempt, in one transaction. Raises StoreUnavailable."""
        with store_errors():
            async with AsyncSession(self._engine) as session, session.begin():
                delivery = await session.scalar(_own(sent.tenant_id, sent.id).with_for_update())
                if delivery is None or delivery.state != "pending":
                    return
                delivery.attempts += 1
                delivery.answered, delivery.problem, delivery.tried_at = answer.status, answer.problem, now
                again = next_try(delivery.attempts, now, asked_wait=answer.asked_wait)
                delivery.due_at = None if answer.taken or answer.unwanted else again
                if answer.taken:
                    delivery.state = "delivered"
                elif delivery.due_at is None:
                    delivery.state = "dead"
                else:
                    job = delivery_job(sent.tenant_id, sent.id, delivery.due_at)
                    await self._queue.enqueue(await session.connection(), job)
                if delivery.state != "pending":
                    await _count(session, sent.endpoint_id, answer, now)


async def _count(session: AsyncSession, endpoint_id: str, answer: Answer, now: datetime) -> None:
    """An endpoint that takes nothing any more is not asked for ever."""
    endpoint = await session.get_one(WebhookEndpointModel, endpoint_id, with_for_update=True)
    endpoint.dead_in_a_row = 0 if answer.taken else endpoint.dead_in_a_row + 1
    if endpoint.disabled_at is None and (answer.unwanted or endpoint.dead_in_a_row >= DEAD_UNTIL_DISABLED):
        endpoint.disabled_at = now
        failed = f"{endpoint.dead_in_a_row} deliveries in a row failed for good"
        endpoint.disabled_because = "it answered 410 Gone" if answer.unwanted else failed


def _own(tenant_id: TenantId, delivery_id: str) -> Select[WebhookDeliveryModel]:
    return select(WebhookDeliveryModel).where(
        WebhookDeliveryModel.tenant_id == tenant_id, WebhookDeliveryModel.id == delivery_id
    )
