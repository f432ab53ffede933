"""Zendesk's users and tickets to the port's records: pure."""

from typing import Any, Final

from voiceagent.background.crm import Case, CaseStatus, Contact, Note
from voiceagent_integrations.http.fields import Row, find, instant, optional, required

NOTE_TAG: Final = "voiceagent_note"  # tells a ticket that is a note from one that somebody has to deal with
_OF_ZENDESK: Final = {
    "new": CaseStatus.OPEN,
    "open": CaseStatus.OPEN,
    "pending": CaseStatus.PENDING,
    "hold": CaseStatus.OPEN,  # waits for somebody else than the customer
    "solved": CaseStatus.CLOSED,
    "closed": CaseStatus.CLOSED,
}
# `closed` is for Zendesk's own automations, days after `solved`.
_TO_ZENDESK: Final = {CaseStatus.OPEN: "open", CaseStatus.PENDING: "pending", CaseStatus.CLOSED: "solved"}


def contact_from(user: Row) -> Contact:
    """Zendesk keeps one name; what follows the first space is the last name."""
    first, _, last = required(user, "name").partition(" ")
    return Contact(
        contact_id=required(user, "id"), first_name=first, last_name=last.strip(), email=optional(user, "email")
    )


def case_from(ticket: Row, *, contact_id: str) -> Case:
    return Case(
        case_id=required(ticket, "id"),
        contact_id=contact_id,
        subject=optional(ticket, "subject"),
        description=optional(ticket, "description"),
        status=_OF_ZENDESK.get(required(ticket, "status"), CaseStatus.OPEN),
    )


def note_from(ticket: Row, *, contact_id: str) -> Note:
    return Note(
        note_id=required(ticket, "id"),
        contact_id=contact_id,
        text=optional(ticket, "description"),
        written_at=instant(ticket, "created_at"),
    )


def is_note(ticket: Row) -> bool:
    tags = find(ticket, "tags")
    return isinstance(tags, list) and NOTE_TAG in tags


def case_body(contact_id: str, *, subject: str, description: str, key: str) -> dict[str, Any]:
    """Zendesk refuses an empty comment, so that the subject is said twice."""
    comment = {"body": description or subject}
    return {"subject": subject, "comment": comment, "requester_id": int(contact_id), "external_id": key}


def note_body(contact_id: str, text: str, *, key: str) -> dict[str, Any]:
    """A solved ticket that the customer never sees."""
    return {
        "subject": "Note from a phone call",
        "comment": {"body": text, "public": False},
        "requester_id": int(contact_id),
        "external_id": key,
        "status": "solved",
        "tags": [NOTE_TAG],
    }


def status_of(status: CaseStatus) -> str:
    return _TO_ZENDESK[status]


def phone_query(number: str) -> str:
    """Of an E.164 number, which holds nothing that Zendesk's search would take for syntax."""
    return f'phone:"{number}"'


def error_code(data: Any) -> str:
    """`RecordInvalid` of `{"error": "RecordInvalid", ...}`; newer endpoints nest it as `{"error": {"title": ...}}`."""
    return optional(data, "error") or optional(data, "error.title")
