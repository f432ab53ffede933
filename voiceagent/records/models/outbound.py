"""Outbound calls: who agreed to be called, who must not be, and what was decided each time somebody asked.

Numbers are kept as `records.number_hash` makes them, never as they are.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONSENT = RetentionClass.CONSENT


class OutboundConsentModel(TenantOwned, Base):
    """Evidence of 16 CFR 310.5(a)(8): what was asked, how it was signed, and where a copy lies."""

    __tablename__ = "outbound_consents"
    __table_args__ = (
        CheckConstraint("kind IN ('PEC', 'PEWC', 'EU_optin')", name="kind"),
        Index(None, "tenant_id", "number_hash"),
    )

    id: Mapped[str] = column(_CONSENT, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONSENT, Pii.NONE)
    number_hash: Mapped[str] = column(_CONSENT, Pii.NUMBER)
    seller: Mapped[str] = column(_CONSENT, Pii.NONE)
    kind: Mapped[str] = column(_CONSENT, Pii.NONE)
    campaigns: Mapped[list[str]] = column(_CONSENT, Pii.NONE, ARRAY(Text))
    captured_at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    expires_at: Mapped[datetime | None] = column(_CONSENT, Pii.NONE)
    source: Mapped[str] = column(_CONSENT, Pii.NONE)
    artefact_url: Mapped[str] = column(_CONSENT, Pii.SPEECH)
    artefact_sha256: Mapped[str] = column(_CONSENT, Pii.NONE)
    disclosure_sha256: Mapped[str] = column(_CONSENT, Pii.NONE)
    signature_method: Mapped[str] = column(_CONSENT, Pii.NONE)
    recorded_at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    recorded_by: Mapped[str] = column(_CONSENT, Pii.NONE)
    revoked_at: Mapped[datetime | None] = column(_CONSENT, Pii.NONE)
    revoked_by: Mapped[str] = column(_CONSENT, Pii.NONE, default="")


class DncEntryModel(TenantOwned, Base):
    """One number on one do-not-call list: `seller` is our own; others come in versions. Lifting one leaves the row."""

    __tablename__ = "dnc_entries"
    __table_args__ = (
        Index(None, "tenant_id", "number_hash"),
        Index(None, "tenant_id", "list", "requested_at", "id"),
    )

    id: Mapped[str] = column(_CONSENT, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONSENT, Pii.NONE)
    list: Mapped[str] = column(_CONSENT, Pii.NONE)
    version: Mapped[str] = column(_CONSENT, Pii.NONE, default="")  # of a list from outside
    number_hash: Mapped[str] = column(_CONSENT, Pii.NUMBER)
    campaign: Mapped[str] = column(_CONSENT, Pii.NONE, default="")  # "" is all
    source: Mapped[str] = column(_CONSENT, Pii.NONE)
    call_id: Mapped[str] = column(_CONSENT, Pii.NONE, default="")  # in which it was asked for
    requested_at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    recorded_by: Mapped[str] = column(_CONSENT, Pii.NONE)
    lifted_at: Mapped[datetime | None] = column(_CONSENT, Pii.NONE)
    lifted_by: Mapped[str] = column(_CONSENT, Pii.NONE, default="")
    lift_reason: Mapped[str] = column(_CONSENT, Pii.NONE, default="")


class DncSourceModel(TenantOwned, Base):
    """Which version of a list from outside counts, and since when it is complete."""

    __tablename__ = "dnc_sources"

    tenant_id: Mapped[str] = column(_CONSENT, Pii.NONE, primary_key=True)
    list: Mapped[str] = column(_CONSENT, Pii.NONE, primary_key=True)
    version: Mapped[str] = column(_CONSENT, Pii.NONE)
    loaded_at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    rows: Mapped[int] = column(_CONSENT, Pii.NONE, Integer)


class OutboundDecisionModel(TenantOwned, Base):
    """One row each time somebody asked, also when the answer was no. A trigger refuses to change one."""

    __tablename__ = "outbound_decisions"
    __table_args__ = (Index(None, "tenant_id", "number_hash", "at"),)

    id: Mapped[str] = column(_CONSENT, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONSENT, Pii.NONE)
    number_hash: Mapped[str] = column(_CONSENT, Pii.NUMBER)
    at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    asked_by: Mapped[str] = column(_CONSENT, Pii.NONE)
    purpose: Mapped[str] = column(_CONSENT, Pii.NONE)
    campaign: Mapped[str] = column(_CONSENT, Pii.NONE)
    allowed: Mapped[bool] = column(_CONSENT, Pii.NONE)
    code: Mapped[str] = column(_CONSENT, Pii.NONE)  # "" when allowed
    rules: Mapped[str] = column(_CONSENT, Pii.NONE)
    rules_sha256: Mapped[str] = column(_CONSENT, Pii.NONE)
    evidence: Mapped[dict[str, Any]] = column(_CONSENT, Pii.SPEECH, JSONB)  # question, facts, packs, checks
    evidence_sha256: Mapped[str] = column(_CONSENT, Pii.NONE)


class OutboundCallModel(TenantOwned, Base):
    """One row per call that somebody asked for; it is dialled once, by whoever claims it first. No number: hashes only.

    What became of the call is in its log, under the same id.
    """

    __tablename__ = "outbound_calls"
    __table_args__ = (
        Index(None, "tenant_id", "number_hash", "claimed_at"),
        Index(None, "tenant_id", "asked_by", "asked_at"),
    )

    call_id: Mapped[str] = column(_CONSENT, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONSENT, Pii.NONE)
    number_hash: Mapped[str] = column(_CONSENT, Pii.NUMBER)
    decision_id: Mapped[str] = column(_CONSENT, Pii.NONE)
    line: Mapped[str] = column(_CONSENT, Pii.NONE)  # our number that they see
    profile: Mapped[str] = column(_CONSENT, Pii.NONE)
    trunk: Mapped[str] = column(_CONSENT, Pii.NONE)
    asked_by: Mapped[str] = column(_CONSENT, Pii.NONE)
    asked_at: Mapped[datetime] = column(_CONSENT, Pii.NONE)
    claimed_at: Mapped[datetime | None] = column(_CONSENT, Pii.NONE)
    refused: Mapped[str] = column(_CONSENT, Pii.NONE, default="")  # the gate's code, when it said no by then
