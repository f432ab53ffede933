"""A token bucket: so many a second in the long run, so many at once. Pure: time is passed in."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`per_s` in the long run, `burst` at once after a quiet time."""

    per_s: float
    burst: int


class TokenBucket:
    """Full at first. Times are monotonic seconds."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._tokens = float(rate.burst)
        self.taken_s = -math.inf  # when a token was last taken

    def level(self, now_s: float) -> float:
        """Tokens in it, as a fraction: one that is not whole cannot be taken."""
        return min(self._rate.burst, self._tokens + (now_s - self.taken_s) * self._rate.per_s)

    def wait_s(self, now_s: float) -> float:
        """How long until there is a whole token."""
        return max(0.0, 1.0 - self.level(now_s)) / self._rate.per_s

    def take(self, now_s: float) -> None:
        """Take one; look at the level first."""
        self._tokens = self.level(now_s) - 1.0
        self.taken_s = now_s
