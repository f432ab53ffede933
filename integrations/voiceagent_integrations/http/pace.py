"""A client-side rate limit, pure: a bucket of tokens (https://en.wikipedia.org/wiki/Token_bucket)."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Pace:
    """`per_s` requests a second on average, `burst` at once. `now_s` is the monotonic clock's and never goes back."""

    per_s: float
    burst: int
    spent: float = 0.0  # tokens taken and not yet refilled; above `burst` for those that wait
    seen_s: float = 0.0

    def wait_s(self, now_s: float, at_most_s: float) -> float | None:
        """Take a place; seconds until it comes. None, and nothing taken, when that is more than `at_most_s`."""
        self.spent = max(0.0, self.spent - (now_s - self.seen_s) * self.per_s)
        self.seen_s = now_s
        wait_s = max(0.0, (self.spent + 1 - self.burst) / self.per_s)
        if wait_s > at_most_s:
            return None
        self.spent += 1
        return wait_s
