"""What is found out about one expectation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One expectation. `found` says what was seen instead, or the evidence that it holds."""

    expectation: str
    holds: bool
    found: str
