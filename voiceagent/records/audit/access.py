"""How often somebody opened something, counted from the audit log."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """`actor` (an id) opened so many `objects` of a kind on a day (UTC), so many `times`, for one purpose.

    `raw`: what was opened is not masked. `refused`: it was not opened.
    """

    actor: str
    kind: str
    day: date
    purpose: str
    raw: bool
    refused: bool
    objects: int
    times: int
