"""Rows of the demo tables to the port's records: pure."""

from typing import Any

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order

Row = dict[str, Any]


def contact_from_row(row: Row) -> Contact:
    return Contact(
        contact_id=str(row["contact_id"]),
        first_name=row["first_name"],
        last_name=row["last_name"],
        email=row["email"],
    )


def order_from_row(row: Row) -> Order:
    return Order(
        order_number=row["order_number"],
        contact_id=str(row["contact_id"]),
        item=row["item"],
        status=row["status"],
        ordered_at=row["ordered_at"],
        carrier=row["carrier"],
        eta=row["eta"],
        delivery_window=row["delivery_window"],
    )


def case_from_row(row: Row) -> Case:
    return Case(
        case_id=str(row["case_id"]),
        contact_id=str(row["contact_id"]),
        subject=row["subject"],
        description=row["description"],
        status=CaseStatus(row["status"]),
    )


def note_from_row(row: Row) -> Note:
    return Note(
        note_id=str(row["note_id"]),
        contact_id=str(row["contact_id"]),
        text=row["body"],
        written_at=row["written_at"],
    )
