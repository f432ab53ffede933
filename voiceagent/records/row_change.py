"""A change of one row, as the fold of a call's events asks for it."""

from dataclasses import dataclass
from typing import Any

from voiceagent.records.audit.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """Insert the row, or set `values` in it when it exists, all but those that it `keeps`.

    `once` leaves an existing row as it is. What two events write into one row must not depend on which is written
    first: each sets what it knows, and the earlier event of the two keeps what the later one says. `act` is for the
    audit log when a row that is entered `once` is new.
    """

    table: str
    key: dict[str, Any]
    values: dict[str, Any]
    once: bool = False
    keeps: frozenset[str] = frozenset()
    act: Act | None = None
