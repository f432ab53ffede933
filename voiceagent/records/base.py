"""What all tables share: names of constraints, the tenant column, and an annotation of every column.

Each column says which retention class it belongs to and what personal data it may hold, so that retention, erasure and
the register of processing activities are generated from the schema instead of being kept beside it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column


class RetentionClass(StrEnum):
    """How long a column's content lives is decided per class (and tenant, number, tag)."""

    AUDIO = "A"
    TRANSCRIPT = "T"
    TOOL = "X"
    METADATA = "M"
    CONSENT = "C"
    LOG = "L"
    DETAILS = "D"
    KEY = "K"
    CONFIG = "config"


class Pii(StrEnum):
    """The kind of personal data that a column may hold."""

    NONE = "none"
    NUMBER = "number"  # telephone number or SIP user
    NETWORK = "network"  # IP address
    SPEECH = "speech"  # free text: what somebody said, or data about a person
    SECRET = "secret"  # noqa: S105 - the kind, not a secret


def column(retention: RetentionClass, pii: Pii, *args: Any, **kwargs: Any) -> MappedColumn[Any]:
    """A mapped column with its annotation in `Column.info` as `class` and `pii`."""
    return mapped_column(*args, info={"class": retention.value, "pii": pii.value}, **kwargs)


class Base(DeclarativeBase):
    """The root of all models."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True), str: Text}


class TenantOwned:
    """Rows of one tenant; repositories filter on it, always."""

    tenant_id: Mapped[str]
