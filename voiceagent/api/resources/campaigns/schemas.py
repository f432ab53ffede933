"""Campaigns and their contacts as API clients see them. Fields are only ever added."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from voiceagent.api.one_line import ONE_LINE
from voiceagent.api.resources.outbound.schemas import Campaign as Name, Line
from voiceagent.compliance.rules.rules import Purpose
from voiceagent.records.campaign_values import CampaignState, ContactState

MOST_CONTACTS = 500  # of one request
Reference = Annotated[
    str,
    Field(min_length=1, max_length=64, pattern=ONE_LINE, description="What you know them by; once in each campaign."),
]


class NewCampaign(BaseModel):
    """A campaign, which calls nobody until it is started. What is wanted of it does not change afterwards."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(description="Also the `campaign` of consents, suppressions and decisions.")
    line: Line
    purpose: Purpose
    profile: str = Field("", max_length=64, description="The agent who talks to them. Empty: the one of the line.")
    trunk: str = Field("", max_length=64, description="Over which trunk. Empty: the only one with `outbound`.")
    exemption: str = Field(
        "", max_length=200, pattern=ONE_LINE, description="Why no person has to speak first. Kept with each decision."
    )
    at_once: int = Field(2, ge=1, le=100, description="Calls at the same time.")
    attempts: int = Field(3, ge=1, le=10, description="Calls to one contact that left here, until somebody answers.")
    retry_after_s: int = Field(4 * 3600, ge=300, le=7 * 86400, description="Between two of them, at least.")
    ends_at: AwareDatetime = Field(
        description="Nobody is called after that, and all numbers are forgotten. Within 90 days."
    )


class Campaign(BaseModel):
    """`why` it is paused or ended, when that was not somebody's wish.

    time_over; failing: most of the last calls failed for reasons that are not the callees'; no_way: line, agent or
    trunk are not configured; no_key: the key of its numbers does not open; list_stale and pack_expired: see `POST
    /v1/outbound/decisions`.
    """

    id: str
    name: str
    line: str
    purpose: Purpose
    profile: str
    trunk: str
    exemption: str
    at_once: int
    attempts: int
    retry_after_s: int
    ends_at: datetime
    state: CampaignState
    why: str
    created_at: datetime
    created_by: str
    started_at: datetime | None = Field(description="The last time.")
    ended_at: datetime | None
    worked_off_at: datetime | None = Field(description="Nobody was left to be called; null since somebody was added.")


class CampaignDetail(Campaign):
    contacts: dict[ContactState, int] = Field(description="How many there are in each state.")


class NewContact(BaseModel):
    """Somebody who is to be called."""

    model_config = ConfigDict(extra="forbid")

    reference: Reference
    number: str = Field(min_length=1, max_length=32, description="E.164. Personal data; sealed until it is forgotten.")
    callee_place: str = Field("", max_length=6, description="Where they are known to be, as `US-FL` or `DE`.")


class NewContacts(BaseModel):
    model_config = ConfigDict(extra="forbid")

    contacts: list[NewContact] = Field(min_length=1, max_length=MOST_CONTACTS)


class RefusedContact(BaseModel):
    """Who was not added, and why.

    number_malformed: no E.164; number_not_dialled: it is yours, or costs extra; reference_taken: by another number;
    number_taken: the same person is on the list under another reference.
    """

    reference: str
    code: Literal["number_malformed", "number_not_dialled", "place_unknown", "reference_taken", "number_taken"]
    detail: str


class AddedContacts(BaseModel):
    """Each contact of the request is counted once: sent again, all that were added are `known`.

    A place that differs by then takes the place of the one before.
    """

    added: int
    known: int
    refused: list[RefusedContact]


class Contact(BaseModel):
    """`result`: the `ended_reason` of the last call, or why there was none. The number is not shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    reference: str
    state: ContactState
    tries: int
    not_before: datetime
    call_id: str
    result: str
    settled_at: datetime | None


class Forecast(BaseModel):
    """What the gate would say of a contact who waits, were they called now. Nothing is kept of it."""

    id: str
    reference: str
    allowed: bool
    code: str
    detail: str
    not_before: datetime = Field(description="They are not called before that.")
