"""What the repositories of campaigns take and hand out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class CampaignState(StrEnum):
    """`paused` may run again, `ended` never."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class ContactState(StrEnum):
    """Those before `done` are open: their number is kept, sealed. Of the others it is forgotten."""

    WAITING = "waiting"
    CALLING = "calling"
    DONE = "done"  # somebody answered, or said no to the call
    GIVEN_UP = "given_up"  # as often as the campaign allows, or its time was over
    REFUSED = "refused"  # the rules say no, and will tomorrow
    WITHDRAWN = "withdrawn"  # taken off the list


CLOSED_AT_ONCE: Final = 5_000  # contacts of one transaction
OPEN: Final = (ContactState.WAITING, ContactState.CALLING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignTerms:
    """What is wanted. `name` is the campaign of consents, do-not-call entries and decisions.

    at_once: calls at the same time. attempts: calls to one contact, `retry_after` apart at least.
    """

    name: str
    line: str  # the number of ours that they see
    profile: str  # "" is the line's
    trunk: str  # "" is the only one
    purpose: str
    exemption: str
    at_once: int
    attempts: int
    retry_after: timedelta
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCampaign:
    """`key`, under the wrapping key `kek_id`, seals the numbers of its contacts."""

    id: str
    terms: CampaignTerms
    state: CampaignState
    why: str  # it is paused, or ended: a code, or "" for somebody's wish
    kek_id: str
    key: bytes = field(repr=False)
    created_at: datetime
    created_by: str
    started_at: datetime | None  # the last time
    ended_at: datetime | None
    worked_off_at: datetime | None  # when webhooks were told that nobody is left; None since somebody was added


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    id: str
    reference: str
    number_hash: str
    sealed: bytes = field(repr=False)
    callee_place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContact:
    """`sealed`: its number, None once nobody will call it. `result`: how the last call ended, or why there is none."""

    id: str
    campaign_id: str
    reference: str
    number_hash: str
    sealed: bytes | None = field(repr=False)
    callee_place: str
    state: ContactState
    tries: int
    not_before: datetime
    call_id: str  # the last one
    result: str
    settled_at: datetime | None  # when the last result was seen
