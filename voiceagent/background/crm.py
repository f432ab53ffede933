"""The port to a system of record about customers. One connector speaks to one CRM; vendors live in `integrations/`.

Every method raises UpstreamUnavailable when the CRM does not answer, and NotFound when a write names an object that
does not exist. Reads return None or an empty tuple instead. Writes carry an idempotency key: the same key writes once,
as far as `repeats_writes` says.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class CaseStatus(StrEnum):
    OPEN = "open"
    PENDING = "pending"  # waits for the customer
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer. Every field is personal data."""

    contact_id: str
    first_name: str
    last_name: str
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order. `eta` and `delivery_window` are words to speak ("tomorrow", "between two and four"); "" = unknown."""

    order_number: str
    contact_id: str
    item: str
    status: str
    ordered_at: datetime
    carrier: str = ""
    eta: str = ""
    delivery_window: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A matter that somebody has to deal with."""

    case_id: str
    contact_id: str
    subject: str
    description: str
    status: CaseStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark on a contact; never changed afterwards."""

    note_id: str
    contact_id: str
    text: str
    written_at: datetime


class CrmConnector(Protocol):
    """What the tools need from a CRM. Safe for several calls at once."""

    @property
    def repeats_writes(self) -> bool:
        """Whether a write that may have been carried out can be tried again with its key, by another process too.

        False where the CRM knows no such key: then a person has to look before it is tried again.
        """
        ...

    async def check(self) -> None:
        """Ask for something that costs nothing. Raises ConfigError or UpstreamUnavailable that say what to look at: a
        setting, a scope, a field that is not there."""
        ...

    async def find_contact(self, number: str) -> Contact | None:
        """The contact that calls from `number` (E.164, or the SIP user part)."""
        ...

    async def get_orders(self, contact_id: str) -> tuple[Order, ...]:
        """The contact's orders, newest first, at most 50."""
        ...

    async def get_order(self, contact_id: str, order_number: str) -> Order | None:
        """That order if it belongs to that contact: nobody can be told about another's by saying its number."""
        ...

    async def get_cases(self, contact_id: str) -> tuple[Case, ...]:
        """The contact's cases, newest first, at most 50."""
        ...

    async def add_note(self, contact_id: str, text: str, *, idempotency_key: str) -> Note: ...

    async def create_case(self, contact_id: str, *, subject: str, description: str, idempotency_key: str) -> Case: ...

    async def update_case(self, contact_id: str, case_id: str, *, status: CaseStatus) -> Case:
        """Change the status of one of the contact's own cases."""
        ...


ConnectorSettings = Mapping[str, Any]
OpenConnector = Callable[[ConnectorSettings], AbstractAsyncContextManager[CrmConnector]]
