"""Salesforce's records to the port's: pure."""

from typing import Any

import msgspec

from voiceagent.background.crm import Case, CaseStatus, Contact, Note
from voiceagent_integrations.http.fields import Row, find, instant, optional, required


class Statuses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values of the picklist Case.Status, which every company words anew. Whether a case is closed is `IsClosed`."""

    open: str = "New"
    pending: str = "On Hold"
    closed: str = "Closed"


def contact_from(row: Row) -> Contact:
    return Contact(
        contact_id=required(row, "Id"),
        first_name=optional(row, "FirstName"),
        last_name=optional(row, "LastName"),
        email=optional(row, "Email"),
    )


def case_from(row: Row, statuses: Statuses) -> Case:
    status = CaseStatus.PENDING if optional(row, "Status") == statuses.pending else CaseStatus.OPEN
    return Case(
        case_id=required(row, "Id"),
        contact_id=required(row, "ContactId"),
        subject=optional(row, "Subject"),
        description=optional(row, "Description"),
        status=CaseStatus.CLOSED if find(row, "IsClosed") is True else status,
    )


def note_from(row: Row, *, contact_id: str, text_field: str) -> Note:
    return Note(
        note_id=required(row, "Id"),
        contact_id=contact_id,
        text=optional(row, text_field),
        written_at=instant(row, "CreatedDate"),
    )


def status_of(status: CaseStatus, statuses: Statuses) -> str:
    return {CaseStatus.OPEN: statuses.open, CaseStatus.PENDING: statuses.pending, CaseStatus.CLOSED: statuses.closed}[
        status
    ]


def same_id(one: str, other: str) -> bool:
    """Ids have 15 characters, or 18 with three that only protect their case."""
    return len(one) >= 15 and one[:15] == other[:15]


def error_code(data: Any) -> str:
    """`INVALID_FIELD` of `[{"errorCode": ..., "message": ...}]`; `invalid_grant` of the token endpoint's object."""
    return optional(data, "0.errorCode") or optional(data, "error")
