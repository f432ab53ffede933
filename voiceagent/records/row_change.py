"""A change of one row, as the fold of a call's events asks for it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """Insert the row, or set `values` in it when it exists. `once` leaves an existing row as it is."""

    table: str
    key: dict[str, Any]
    values: dict[str, Any]
    once: bool = False
