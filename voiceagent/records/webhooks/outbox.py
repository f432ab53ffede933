"""Enters deliveries in the transaction of the records writer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import any_, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.models import WebhookDeliveryModel, WebhookEndpointModel
from voiceagent.records.webhooks.news import ERASED, NEWS
from voiceagent.telephony.event_codec import type_name_of
from voiceagent.telephony.events import Recorded

DELIVER: Final = "deliver_webhook"
_ROWS: Final = 500  # of one statement
_AFTER_ALL_ELSE: Final = -1  # receivers that do not answer must not keep recordings from being encrypted or purged


class WebhookEntry:
    def __init__(self) -> None:
        self._queue = JobQueue()

    async def owe(self, connection: AsyncConnection, added: Sequence[Recorded]) -> None:
        """Enter what the tenant's endpoints want to know of these events of one call. Raises StoreUnavailable."""
        news = [recorded for recorded in added if type_name_of(recorded.event) in NEWS]
        if not news:
            return
        own = select(WebhookEndpointModel.id, WebhookEndpointModel.event_types).where(
            WebhookEndpointModel.tenant_id == news[0].tenant_id, WebhookEndpointModel.disabled_at.is_(None)
        )
        # An endpoint that is removed at this moment is waited for: a row that names it would be refused, and the event
        own = own.with_for_update(read=True, key_share=True)
        for endpoint in (await connection.execute(own)).all():
            for recorded in news:
                if type_name_of(recorded.event) in endpoint.event_types:
                    await self._enter(connection, endpoint.id, recorded)

    async def owe_erased(
        self, connection: AsyncConnection, tenant_id: TenantId, call_ids: Sequence[str], now: datetime
    ) -> int:
        """Enter for each call that data of it was erased, so that receivers erase theirs; the number of deliveries.

        Such a delivery has no place in the call's log: its seq is 0, and -1, -2 ... when more of the call goes later.
        """
        own = select(WebhookEndpointModel.id).where(
            WebhookEndpointModel.tenant_id == tenant_id,
            WebhookEndpointModel.disabled_at.is_(None),
            literal(ERASED) == any_(WebhookEndpointModel.event_types),
        )
        endpoints = (await connection.scalars(own.with_for_update(read=True, key_share=True))).all()
        for endpoint_id in endpoints:
            told = select(WebhookDeliveryModel.call_id, func.min(WebhookDeliveryModel.seq)).where(
                WebhookDeliveryModel.endpoint_id == endpoint_id, WebhookDeliveryModel.event_type == ERASED
            )
            before = {row[0]: row[1] for row in await connection.execute(told.group_by(WebhookDeliveryModel.call_id))}
            same = {"endpoint_id": endpoint_id, "tenant_id": tenant_id, "event_type": ERASED, "occurred_at": now}
            rows = [{**same, "call_id": call_id, "seq": before.get(call_id, 1) - 1} for call_id in call_ids]
            for begin in range(0, len(rows), _ROWS):
                await self._insert(connection, rows[begin : begin + _ROWS])
        return len(endpoints) * len(call_ids)

    async def owe_of(
        self,
        connection: AsyncConnection,
        tenant_id: TenantId,
        subject: Mapping[str, str],
        *,
        event_type: str,
        now: datetime,
    ) -> None:
        """Enter what the tenant's endpoints want to know of something that is no call. Raises StoreUnavailable.

        subject: its id, by the name that it has in the message: export_id or campaign_id.
        """
        own = select(WebhookEndpointModel.id, WebhookEndpointModel.event_types).where(
            WebhookEndpointModel.tenant_id == tenant_id, WebhookEndpointModel.disabled_at.is_(None)
        )
        for endpoint in (await connection.execute(own.with_for_update(read=True, key_share=True))).all():
            if event_type in endpoint.event_types:
                row = {**subject, "seq": 0, "event_type": event_type, "occurred_at": now}
                await self._insert(connection, [{**row, "endpoint_id": endpoint.id, "tenant_id": tenant_id}])

    async def _enter(self, connection: AsyncConnection, endpoint_id: str, recorded: Recorded) -> None:
        row = {
            "tenant_id": recorded.tenant_id,
            "endpoint_id": endpoint_id,
            "call_id": recorded.call_id,
            "seq": recorded.seq,
            "event_type": type_name_of(recorded.event),
            "occurred_at": recorded.at,
        }
        await self._insert(connection, [row])

    async def _insert(self, connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
        whole = [
            {**row, "id": new_id("msg"), "entered_at": row["occurred_at"], "due_at": row["occurred_at"]} for row in rows
        ]
        entered = insert(WebhookDeliveryModel).on_conflict_do_nothing().returning(WebhookDeliveryModel.id)
        ids = (await connection.scalars(entered, whole)).all()
        await self._queue.enqueue_all(connection, [delivery_job(rows[0]["tenant_id"], one) for one in ids])


def delivery_job(tenant_id: str, delivery_id: str, not_before: datetime | None = None) -> NewJob:
    """One attempt."""
    arguments = {"delivery_id": delivery_id}
    return NewJob(
        task=DELIVER,
        tenant_id=TenantId(tenant_id),
        arguments=arguments,
        not_before=not_before,
        priority=_AFTER_ALL_ELSE,
    )
