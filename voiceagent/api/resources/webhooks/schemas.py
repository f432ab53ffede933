"""Webhooks as API clients see them. Fields are only ever added."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from voiceagent.api.one_line import ONE_LINE
from voiceagent.records.webhooks.news import TOLD

EventType = StrEnum("EventType", {name.replace(".", "_"): name for name in sorted(TOLD)})  # type: ignore[misc]
EventType.__doc__ = "What can be told; names as in a call's log; erasures, exports and campaigns are in none."


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class NewWebhook(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(min_length=1, max_length=2000, description="https, at a public address.")]
    event_types: Annotated[list[EventType], Field(min_length=1)]
    description: Annotated[str, Field(max_length=200, pattern=ONE_LINE)] = ""


class Webhook(BaseModel):
    """An endpoint. `disabled_because` says why nothing is sent to it any more."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    url: str
    description: str
    event_types: list[str]
    created_at: datetime
    older_secret_until: datetime | None = Field(description="Until then two secrets sign.")
    disabled_at: datetime | None
    disabled_because: str


class WebhookWithSecret(Webhook):
    """The secret is shown in this answer only."""

    secret: str = Field(description="Verify with any library of Standard Webhooks. Begins with `whsec_`.")


class Delivery(BaseModel):
    """`id` is the `webhook-id` header of all its attempts."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    call_id: str | None = Field(description="Null for news of an export or a campaign.")
    export_id: str | None
    campaign_id: str | None
    seq: int
    event_type: str
    occurred_at: datetime
    state: DeliveryState
    attempts: int
    answered: int = Field(description="HTTP status of the last attempt; 0 when there was no answer.")
    problem: str
    tried_at: datetime | None
    due_at: datetime | None
