"""Dataverse's rows to the port's records: pure."""

from typing import Any, Final

import msgspec

from voiceagent.background.crm import Case, CaseStatus, Contact, Note
from voiceagent_integrations.http.fields import Row, instant, optional, required

SHOWN: Final = "@OData.Community.Display.V1.FormattedValue"  # added to a column's name: the words that people read
_ACTIVE: Final = "0"  # incident.statecode; 1 is resolved, 2 cancelled


class Statuses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values of incident.statuscode; the defaults are In Progress, Waiting for Details, Problem Solved."""

    open: int = 1
    pending: int = 3
    closed: int = 5


def contact_from(row: Row) -> Contact:
    return Contact(
        contact_id=required(row, "contactid").lower(),
        first_name=optional(row, "firstname"),
        last_name=optional(row, "lastname"),
        email=optional(row, "emailaddress1"),
    )


def case_from(row: Row, statuses: Statuses) -> Case:
    pending = optional(row, "statuscode") == str(statuses.pending)
    status = CaseStatus.PENDING if pending else CaseStatus.OPEN
    return Case(
        case_id=required(row, "incidentid").lower(),
        contact_id=required(row, "_customerid_value").lower(),
        subject=optional(row, "title"),
        description=optional(row, "description"),
        status=status if required(row, "statecode") == _ACTIVE else CaseStatus.CLOSED,
    )


def note_from(row: Row, *, contact_id: str) -> Note:
    return Note(
        note_id=required(row, "annotationid").lower(),
        contact_id=contact_id,
        text=optional(row, "notetext"),
        written_at=instant(row, "createdon"),
    )


def columns(fields: tuple[str, ...]) -> tuple[str, ...]:
    """What to select for these fields: formatted values come with their column."""
    return tuple(dict.fromkeys(field.partition("@")[0] for field in fields))


def error_code(data: Any) -> str:
    """`0x80040217` of `{"error": {"code": ..., "message": ...}}`; `invalid_client` of the token endpoint's."""
    return optional(data, "error.code") or optional(data, "error")
