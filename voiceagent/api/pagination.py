"""Pages by an opaque cursor: stable when rows are added or deleted meanwhile, and no page costs more than the first."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Final, Generic, Protocol, TypeVar

from fastapi import Query
from pydantic import BaseModel

from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId
from voiceagent.records.repositories.calls import CallCursor

MAX_LIMIT: Final = 200
DEFAULT_LIMIT: Final = 50

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Objects per page.")]
Cursor = Annotated[str, Query(max_length=500, description="`next_cursor` of the page before; empty for the first.")]

T = TypeVar("T")


class _Row(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_Row)


class Page(BaseModel, Generic[T]):
    """`next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(cursor: CallCursor) -> str:
    """A cursor as clients see it."""
    text = json.dumps([cursor.started_at.isoformat(), cursor.call_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(text: str) -> CallCursor | None:
    """What `encode_cursor` made; None for "". Raises BadInput for anything else."""
    if not text:
        return None
    try:
        started_at, call_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(started_at)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise BadInput("the cursor is not one of ours; start again without it") from error
    if moment.tzinfo is None or not isinstance(call_id, str):
        raise BadInput("the cursor is not one of ours; start again without it")
    return CallCursor(started_at=moment, call_id=CallId(call_id))


def encode_place(place: int) -> str:
    """A cursor as clients see it, of rows that are ordered by a number."""
    return base64.urlsafe_b64encode(str(place).encode()).rstrip(b"=").decode()


def decode_place(text: str) -> int | None:
    """What `encode_place` made; None for "". Raises BadInput for anything else."""
    if not text:
        return None
    try:
        digits = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        place = int(digits) if digits.isdigit() else -1
    except ValueError as error:
        raise BadInput("the cursor is not one of ours; start again without it") from error
    if not 0 <= place < 2**63:
        raise BadInput("the cursor is not one of ours; start again without it")
    return place


def encode_id(last: str) -> str:
    """A cursor as clients see it, of rows that are ordered by their id."""
    return base64.urlsafe_b64encode(last.encode()).rstrip(b"=").decode()


def decode_id(text: str) -> str:
    """What `encode_id` made; "" for "". Raises BadInput for anything else."""
    try:
        last = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise BadInput("the cursor is not one of ours; start again without it") from error
    if not last.isprintable():
        raise BadInput("the cursor is not one of ours; start again without it")
    return last


def cut(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """Of `limit + 1` fetched rows: the page, and its last row when another page follows."""
    page = found[:limit]
    return page, page[-1] if len(found) > limit else None


def page_by_id(found: Sequence[R], limit: int, shown: Callable[[R], T]) -> Page[T]:
    """Of `limit + 1` rows that are ordered by their ids, which are the cursors as they are."""
    page, last = cut(found, limit)
    return Page(items=[shown(one) for one in page], next_cursor=last.id if last else None)
