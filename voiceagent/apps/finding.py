"""What `doctor` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the check-up; `remedy` says what to do when it is not ok."""

    what: str
    ok: bool
    found: str
    remedy: str = ""
