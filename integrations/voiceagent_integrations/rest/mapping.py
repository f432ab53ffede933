"""Rows of the described API to the port's records: pure."""

from typing import Any

from voiceagent.background.crm import Case, CaseStatus, Contact, Note
from voiceagent_integrations.http.fields import Row, instant, optional, required
from voiceagent_integrations.rest.settings import CaseFields, ContactFields, NoteFields


def contact_from(row: Row, fields: ContactFields) -> Contact:
    return Contact(
        contact_id=required(row, fields.id),
        first_name=optional(row, fields.first_name),
        last_name=optional(row, fields.last_name),
        email=optional(row, fields.email),
    )


def case_from(row: Row, fields: CaseFields, *, contact_id: str) -> Case:
    named = {fields.pending: CaseStatus.PENDING, fields.closed: CaseStatus.CLOSED}
    return Case(
        case_id=required(row, fields.id),
        contact_id=contact_id,
        subject=optional(row, fields.subject),
        description=optional(row, fields.description),
        status=named.get(required(row, fields.status), CaseStatus.OPEN),
    )


def note_from(row: Row, fields: NoteFields, *, contact_id: str) -> Note:
    return Note(
        note_id=required(row, fields.id),
        contact_id=contact_id,
        text=optional(row, fields.text),
        written_at=instant(row, fields.written_at),
    )


def word_for(status: CaseStatus, fields: CaseFields) -> str:
    return {CaseStatus.OPEN: fields.open, CaseStatus.PENDING: fields.pending, CaseStatus.CLOSED: fields.closed}[status]


def error_code(data: Any) -> str:
    """`code` of the body, or `error`, as most APIs have one; an address (RFC 9457 `type`) is not shown."""
    return optional(data, "code") or optional(data, "error") or optional(data, "error.code")
