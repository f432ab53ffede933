"""Rows of the files to the port's records: pure."""

from collections.abc import Mapping
from datetime import UTC, datetime

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.errors import ConfigError

Row = Mapping[str, str]
CONTACTS = ("contact_id", "numbers", "first_name", "last_name", "email")
ORDERS = (
    *("order_number", "contact_id", "item", "status", "ordered_at"),
    *("carrier", "eta", "delivery_window"),
)
CASES = ("case_id", "contact_id", "subject", "description", "status", "key")
NOTES = ("note_id", "contact_id", "text", "written_at", "key")


def contact(row: Row) -> Contact:
    return Contact(
        contact_id=row["contact_id"], first_name=row["first_name"], last_name=row["last_name"], email=row["email"]
    )


def calls_from(row: Row, number: str) -> bool:
    """`numbers` of a contact are parted by spaces; each is E.164 or the user part of a SIP address."""
    return number in row["numbers"].split()


def order(row: Row) -> Order:
    return Order(
        order_number=row["order_number"],
        contact_id=row["contact_id"],
        item=row["item"],
        status=row["status"],
        ordered_at=_time(row["ordered_at"], "orders.csv: ordered_at"),
        carrier=row["carrier"],
        eta=row["eta"],
        delivery_window=row["delivery_window"],
    )


def case(row: Row) -> Case:
    try:
        status = CaseStatus(row["status"])
    except ValueError:
        raise ConfigError("cases.csv: status must be open, pending or closed") from None
    return Case(
        case_id=row["case_id"],
        contact_id=row["contact_id"],
        subject=row["subject"],
        description=row["description"],
        status=status,
    )


def note(row: Row) -> Note:
    return Note(
        note_id=row["note_id"],
        contact_id=row["contact_id"],
        text=row["text"],
        written_at=_time(row["written_at"], "notes.csv: written_at"),
    )


def _time(text: str, where: str) -> datetime:
    """ISO 8601; without a zone it is UTC."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{where} must be like 2026-01-31 or 2026-01-31T12:00:00+00:00") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
