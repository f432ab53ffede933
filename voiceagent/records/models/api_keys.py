"""Keys of the admin API. Only the hash of a key is stored; 256 random bits need no slow hash."""

from datetime import datetime

from sqlalchemy import ARRAY, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from voiceagent.records.base import Base, Pii, RetentionClass, TenantOwned, column

_KEY = RetentionClass.KEY


class ApiKeyModel(TenantOwned, Base):
    """`prefix` is the beginning of the key, to recognise it in a list; `holder` who answers for it, "" for the key
    itself."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("sha256"), Index(None, "tenant_id", "holder"))

    id: Mapped[str] = column(_KEY, Pii.NONE, primary_key=True)
    tenant_id: Mapped[str] = column(_KEY, Pii.NONE, ForeignKey("tenants.id"))
    name: Mapped[str] = column(_KEY, Pii.NONE)
    prefix: Mapped[str] = column(_KEY, Pii.NONE)
    sha256: Mapped[str] = column(_KEY, Pii.SECRET)
    scopes: Mapped[list[str]] = column(_KEY, Pii.NONE, ARRAY(Text))
    holder: Mapped[str] = column(_KEY, Pii.NONE, default="", server_default="")
    networks: Mapped[list[str]] = column(_KEY, Pii.NETWORK, ARRAY(Text), default=list, server_default="{}")
    created_at: Mapped[datetime] = column(_KEY, Pii.NONE)
    expires_at: Mapped[datetime | None] = column(_KEY, Pii.NONE)
    revoked_at: Mapped[datetime | None] = column(_KEY, Pii.NONE)
    last_used_at: Mapped[datetime | None] = column(_KEY, Pii.NONE)
