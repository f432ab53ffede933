"""Who is told what happened in calls, and what they were told."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONFIG, _META = RetentionClass.CONFIG, RetentionClass.METADATA


class WebhookEndpointModel(TenantOwned, Base):
    """No secret is stored: it is derived from one of the installation's, the id and `secret_version`."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index(None, "tenant_id", "id"),)

    id: Mapped[str] = column(_CONFIG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONFIG, Pii.NONE, ForeignKey("tenants.id"))
    url: Mapped[str] = column(_CONFIG, Pii.NONE)
    description: Mapped[str] = column(_CONFIG, Pii.NONE)
    event_types: Mapped[list[str]] = column(_CONFIG, Pii.NONE, ARRAY(Text))
    secret_version: Mapped[int] = column(_CONFIG, Pii.NONE, default=1)
    older_secret_until: Mapped[datetime | None] = column(_CONFIG, Pii.NONE)  # two signatures while a receiver changes
    created_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
    disabled_at: Mapped[datetime | None] = column(_CONFIG, Pii.NONE)
    disabled_because: Mapped[str] = column(_CONFIG, Pii.NONE, default="")
    dead_in_a_row: Mapped[int] = column(_CONFIG, Pii.NONE, default=0)


class WebhookDeliveryModel(TenantOwned, Base):
    """The outbox: entered with the event itself. What is sent are ids, which are all here."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "call_id", "seq"),
        CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state"),
        Index(None, "endpoint_id", "entered_at", "id"),
    )

    id: Mapped[str] = column(_META, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    endpoint_id: Mapped[str] = column(_META, Pii.NONE, ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    call_id: Mapped[str | None] = column(_META, Pii.NONE, ForeignKey("calls.call_id", ondelete="CASCADE"), index=True)
    export_id: Mapped[str | None] = column(_META, Pii.NONE, ForeignKey("exports.id", ondelete="CASCADE"), index=True)
    campaign_id: Mapped[str | None] = column(
        _META, Pii.NONE, ForeignKey("campaigns.id", ondelete="CASCADE"), index=True
    )
    seq: Mapped[int] = column(_META, Pii.NONE)
    event_type: Mapped[str] = column(_META, Pii.NONE)
    occurred_at: Mapped[datetime] = column(_META, Pii.NONE)
    entered_at: Mapped[datetime] = column(_META, Pii.NONE)
    state: Mapped[str] = column(_META, Pii.NONE, default="pending")
    attempts: Mapped[int] = column(_META, Pii.NONE, default=0)
    answered: Mapped[int] = column(_META, Pii.NONE, default=0)  # the last HTTP status; 0 when there was none
    problem: Mapped[str] = column(_META, Pii.NONE, default="")
    tried_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    due_at: Mapped[datetime | None] = column(_META, Pii.NONE)  # None: not tried any more
