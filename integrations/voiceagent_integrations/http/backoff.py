"""How long to wait before asking again, pure."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

Dice = Callable[[], float]  # in [0, 1)
_FIRST_S = 0.05
_LONGEST_S = 1.0


def backoff_s(attempt: int, dice: Dice) -> float:
    """Before attempt `attempt` + 1: full jitter, so that callers who failed together do not come back together.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    return dice() * min(_LONGEST_S, _FIRST_S * 2.0 ** min(attempt, 8))


def retry_after_s(header: str, now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for (RFC 9110, 10.2.3: seconds or a date); None when it says nothing sensible."""
    text = header.strip()
    try:
        seconds = float(text)  # fractions are not in the RFC, but are sent
    except ValueError:
        return _until(text, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(text: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:  # "-0000": UTC without a place (RFC 5322, 3.3)
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())
