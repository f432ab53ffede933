"""A circuit breaker, pure: after some failures in a row nothing is asked for a while, then one request tries."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class CircuitBreaker:
    """`now_s` is the monotonic clock's. Closed -> open after `failures` in a row -> half open after `open_s`."""

    failures: int
    open_s: float
    failed: int = 0  # in a row
    opened_at_s: float | None = None
    probing: bool = False  # half open, and the one request is under way

    def admit(self, now_s: float) -> float:
        """0.0: a request may be sent, and `succeeded`, `fell` or `abandoned` must follow. Else seconds to wait."""
        if self.opened_at_s is None:
            return 0.0
        left_s = self.opened_at_s + self.open_s - now_s
        if left_s > 0:
            return left_s
        if self.probing:
            return self.open_s
        self.probing = True
        return 0.0

    def succeeded(self) -> None:
        self.failed, self.opened_at_s, self.probing = 0, None, False

    def fell(self, now_s: float) -> bool:
        """Count a failure. True when this one opened the breaker."""
        self.failed += 1
        was_probing, self.probing = self.probing, False
        if was_probing or (self.opened_at_s is None and self.failed >= self.failures):
            self.opened_at_s = now_s
            return True
        return False

    def abandoned(self) -> None:
        """The request was cancelled: it tells nothing, and the next one may probe."""
        self.probing = False
