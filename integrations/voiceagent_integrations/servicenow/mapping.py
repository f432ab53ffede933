"""ServiceNow's rows, read with `sysparm_display_value=all`, to the port's records: pure.

Each field is `{"value": "1", "display_value": "New"}`; values of times are in UTC, display values in the user's zone.
"""

from typing import Any

import msgspec

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent_integrations.http.fields import Row, find, instant, optional, required
from voiceagent_integrations.http.orders import OrderFields, order_from


class States(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values of the case table's `state`; the first of each is written. The defaults are those of CSM cases."""

    open: tuple[str, ...] = ("10", "1")
    pending: tuple[str, ...] = ("18",)
    closed: tuple[str, ...] = ("3", "6")


def values_of(row: Row) -> dict[str, str]:
    """What the database holds."""
    return {name: optional(field, "value") for name, field in row.items()}


def shown_of(row: Row) -> dict[str, str]:
    """What people read."""
    return {name: optional(field, "display_value") for name, field in row.items()}


def contact_from(row: Row) -> Contact:
    values = values_of(row)
    return Contact(
        contact_id=required(values, "sys_id"),
        first_name=optional(values, "first_name"),
        last_name=optional(values, "last_name"),
        email=optional(values, "email"),
    )


def case_from(row: Row, states: States, *, contact_id: str) -> Case:
    values = values_of(row)
    state = required(values, "state")
    status = CaseStatus.PENDING if state in states.pending else CaseStatus.OPEN
    return Case(
        case_id=required(values, "sys_id"),
        contact_id=contact_id,
        subject=optional(values, "short_description"),
        description=optional(values, "description"),
        status=CaseStatus.CLOSED if state in states.closed else status,
    )


def note_from(row: Row, *, contact_id: str, text_field: str) -> Note:
    values = values_of(row)
    return Note(
        note_id=required(values, "sys_id"),
        contact_id=contact_id,
        text=values.get(text_field, ""),
        written_at=instant(values, "sys_created_on"),
    )


def orders_row(row: Row, fields: OrderFields, *, contact_id: str) -> Order:
    """Number and time as they are stored, the rest in the words that people read."""
    values, shown = values_of(row), shown_of(row)
    exact = (fields.number, fields.ordered_at)
    return order_from(
        {name: (values if name in exact else shown).get(name) for name in row}, fields, contact_id=contact_id
    )


def state_of(status: CaseStatus, states: States) -> str:
    return {CaseStatus.OPEN: states.open, CaseStatus.PENDING: states.pending, CaseStatus.CLOSED: states.closed}[status][
        0
    ]


def error_code(data: Any) -> str:
    """ServiceNow has messages instead of codes; only those that quote nothing are told."""
    message = find(data, "error.message") or optional(data, "error")
    known = ("Invalid table", "User Not Authenticated", "Operation Failed", "No Record found")
    return next((text for text in known if isinstance(message, str) and message.startswith(text)), "")
