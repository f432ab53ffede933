"""Rows of the queries to the port's records: pure. A column that is missing means that a query is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from voiceagent.background.crm import Case, CaseStatus, Contact, Note, Order
from voiceagent.core.errors import ConfigError

Row = dict[str, Any]
_T = TypeVar("_T")


def read(query: str, row: Row, make: Callable[[Row], _T]) -> _T:
    """`make(row)`. Raises ConfigError that names the query and the column."""
    try:
        return make(row)
    except KeyError as error:
        raise ConfigError(f"queries.{query} of the SQL connector does not answer with the column {error}") from None
    except (TypeError, ValueError) as error:
        raise ConfigError(f"queries.{query} of the SQL connector answers with a column of another kind") from error


def contact(row: Row) -> Contact:
    return Contact(
        contact_id=_text(row, "contact_id"),
        first_name=_text(row, "first_name"),
        last_name=_text(row, "last_name"),
        email=_text(row, "email", missing=""),
    )


def order(row: Row) -> Order:
    return Order(
        order_number=_text(row, "order_number"),
        contact_id=_text(row, "contact_id"),
        item=_text(row, "item"),
        status=_text(row, "status"),
        ordered_at=_time(row, "ordered_at"),
        carrier=_text(row, "carrier", missing=""),
        eta=_text(row, "eta", missing=""),
        delivery_window=_text(row, "delivery_window", missing=""),
    )


def case(row: Row) -> Case:
    return Case(
        case_id=_text(row, "case_id"),
        contact_id=_text(row, "contact_id"),
        subject=_text(row, "subject"),
        description=_text(row, "description"),
        status=CaseStatus(_text(row, "status")),
    )


def note(row: Row) -> Note:
    return Note(
        note_id=_text(row, "note_id"),
        contact_id=_text(row, "contact_id"),
        text=_text(row, "text"),
        written_at=_time(row, "written_at"),
    )


def _text(row: Row, name: str, missing: str | None = None) -> str:
    value = row[name] if missing is None else row.get(name, missing)
    return "" if value is None else str(value)


def _time(row: Row, name: str) -> datetime:
    """A timestamp without a zone is taken for UTC."""
    value = row[name]
    if not isinstance(value, datetime):
        raise TypeError(name)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
