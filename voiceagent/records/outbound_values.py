"""What the repositories of outbound calls take and hand out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

OWN_LIST = "seller"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent:
    """A consent to be called, as somebody brings it. `campaigns`: () is all of the seller's."""

    number_hash: str
    seller: str
    kind: str  # PEC | PEWC | EU_optin
    campaigns: tuple[str, ...]
    captured_at: datetime
    expires_at: datetime | None
    source: str
    artefact_url: str
    artefact_sha256: str
    disclosure_sha256: str
    signature_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConsent:
    id: str
    seller: str
    kind: str
    campaigns: list[str]
    captured_at: datetime
    expires_at: datetime | None
    source: str
    artefact_url: str
    artefact_sha256: str
    disclosure_sha256: str
    signature_method: str
    recorded_at: datetime
    recorded_by: str
    revoked_at: datetime | None
    revoked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSuppression:
    """Somebody does not want to be called. `campaign`: "" is all."""

    number_hash: str
    campaign: str
    source: str
    call_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDncEntry:
    id: str
    list: str
    campaign: str
    source: str
    call_id: str
    requested_at: datetime
    recorded_by: str
    lifted_at: datetime | None
    lifted_by: str
    lift_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDncList:
    """`loaded_at`: when that version was complete."""

    list: str
    version: str
    loaded_at: datetime
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSoFar:
    """What is known of a call of ours; `asked_at` is None for one that nobody asked for.

    refused: the gate's code right before it was to be dialled. rang: its log says that a phone did.
    """

    asked_at: datetime | None = None
    claimed_at: datetime | None = None
    refused: str = ""
    rang: bool = False
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutboundCall:
    """A call that somebody asked for. `claimed_at`: when it was dialled; `refused`: the code with which it was not."""

    call_id: str
    number_hash: str
    decision_id: str
    line: str
    profile: str
    trunk: str
    asked_by: str
    asked_at: datetime
    claimed_at: datetime | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """`evidence` is what the decision follows from, and the decision. PII."""

    id: str
    number_hash: str
    at: datetime
    asked_by: str
    purpose: str
    campaign: str
    allowed: bool
    code: str
    rules: str
    rules_sha256: str
    evidence: dict[str, Any]
    evidence_sha256: str
