"""Campaigns: lists of people whom an agent calls. Numbers are kept, sealed, as long as they are to be called."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_META = RetentionClass.METADATA


class CampaignModel(TenantOwned, Base):
    """One campaign; `state` and `why` change, what is wanted does not."""

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'running', 'paused', 'ended')", name="state"),
        UniqueConstraint("tenant_id", "name"),
        Index(None, "tenant_id", "id"),
        Index(None, "state"),
    )

    id: Mapped[str] = column(_META, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    name: Mapped[str] = column(_META, Pii.NONE)
    line: Mapped[str] = column(_META, Pii.NONE)
    profile: Mapped[str] = column(_META, Pii.NONE)
    trunk: Mapped[str] = column(_META, Pii.NONE)
    purpose: Mapped[str] = column(_META, Pii.NONE)
    exemption: Mapped[str] = column(_META, Pii.SPEECH)
    at_once: Mapped[int] = column(_META, Pii.NONE, Integer)
    attempts: Mapped[int] = column(_META, Pii.NONE, Integer)
    retry_after_s: Mapped[int] = column(_META, Pii.NONE, Integer)
    ends_at: Mapped[datetime] = column(_META, Pii.NONE)
    state: Mapped[str] = column(_META, Pii.NONE)
    why: Mapped[str] = column(_META, Pii.NONE)
    kek_id: Mapped[str] = column(_META, Pii.NONE)
    key: Mapped[bytes] = column(_META, Pii.SECRET, LargeBinary)
    created_at: Mapped[datetime] = column(_META, Pii.NONE)
    created_by: Mapped[str] = column(_META, Pii.NONE)
    started_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    ended_at: Mapped[datetime | None] = column(_META, Pii.NONE)
    worked_off_at: Mapped[datetime | None] = column(_META, Pii.NONE)


class CampaignContactModel(TenantOwned, Base):
    """One person on the list of one campaign, once."""

    __tablename__ = "campaign_contacts"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'calling', 'done', 'given_up', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("(sealed IS NOT NULL) = (state IN ('waiting', 'calling'))", name="sealed"),
        UniqueConstraint("campaign_id", "reference"),
        UniqueConstraint("campaign_id", "number_hash"),
        Index(None, "campaign_id", "state", "not_before", "id"),
        Index(None, "campaign_id", "id"),
        Index(None, "tenant_id", "number_hash"),
    )

    id: Mapped[str] = column(_META, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_META, Pii.NONE)
    campaign_id: Mapped[str] = column(_META, Pii.NONE, ForeignKey("campaigns.id", ondelete="CASCADE"))
    reference: Mapped[str] = column(_META, Pii.SPEECH)  # whoever made the list says who it is
    number_hash: Mapped[str] = column(_META, Pii.NUMBER)
    sealed: Mapped[bytes | None] = column(_META, Pii.NUMBER, LargeBinary)
    callee_place: Mapped[str] = column(_META, Pii.NONE)
    state: Mapped[str] = column(_META, Pii.NONE)
    tries: Mapped[int] = column(_META, Pii.NONE, Integer)
    not_before: Mapped[datetime] = column(_META, Pii.NONE)
    call_id: Mapped[str] = column(_META, Pii.NONE)
    result: Mapped[str] = column(_META, Pii.NONE)
    settled_at: Mapped[datetime | None] = column(_META, Pii.NONE)
