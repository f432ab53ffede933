"""People who use the API. They are known by the identity provider; no password is here."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_CONFIG = RetentionClass.CONFIG


class UserModel(TenantOwned, Base):
    """`issuer` and `subject` are "" until somebody who was invited by `email` first signs in."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(
            "roles <@ ARRAY['tenant_admin', 'supervisor', 'agent', 'auditor', 'privacy_officer'] AND roles <> '{}'",
            name="roles",
        ),
        CheckConstraint("roles_from IN ('here', 'groups')", name="roles_from"),
        CheckConstraint("subject <> '' OR email <> ''", name="somebody"),
        Index(None, "tenant_id", "id"),
        Index(
            "uq_users_subject", "tenant_id", "issuer", "subject", unique=True, postgresql_where=text("subject <> ''")
        ),
        Index("uq_users_email", "tenant_id", "email", unique=True, postgresql_where=text("email <> ''")),
    )

    id: Mapped[str] = column(_CONFIG, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_CONFIG, Pii.NONE, ForeignKey("tenants.id"))
    issuer: Mapped[str] = column(_CONFIG, Pii.NONE, default="", server_default="")
    subject: Mapped[str] = column(_CONFIG, Pii.SPEECH, default="", server_default="")
    email: Mapped[str] = column(_CONFIG, Pii.SPEECH, default="", server_default="")
    name: Mapped[str] = column(_CONFIG, Pii.SPEECH, default="", server_default="")
    roles: Mapped[list[str]] = column(_CONFIG, Pii.NONE, ARRAY(Text))
    roles_from: Mapped[str] = column(_CONFIG, Pii.NONE, default="here", server_default="here")
    created_at: Mapped[datetime] = column(_CONFIG, Pii.NONE)
    created_by: Mapped[str] = column(_CONFIG, Pii.NONE)
    disabled_at: Mapped[datetime | None] = column(_CONFIG, Pii.NONE)
    last_seen_at: Mapped[datetime | None] = column(_CONFIG, Pii.NONE)
