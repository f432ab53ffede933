"""Measured figures with what makes them readable: a unit, an n, and how far chance alone reaches."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. value None: there was nothing to measure."""

    what: str
    value: float | None
    unit: str  # ms | share | per minute
    n: int

    def as_text(self) -> str:
        """The value as people read it; a share with its 95 % interval."""
        if self.value is None:
            return "-"
        if self.unit == "share":
            low, high = interval(self.value, self.n)
            return f"{self.value:.1%} ({low:.0%} to {high:.0%})"
        return f"{self.value:.0f} ms" if self.unit == "ms" else f"{self.value:.1f} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One scenario: `row` is what `--json` prints for it, `figures` what people are shown."""

    row: dict[str, Any]
    figures: tuple[Figure, ...]


def share(count: int, n: int) -> float:
    """A fraction in [0, 1], to three places; 0 of nothing is 0."""
    return round(count / n, 3) if n else 0.0


def spread(values_ms: list[float]) -> dict[str, float | None]:
    """Median and 90th percentile, whole milliseconds."""
    if not values_ms:
        return {"median": None, "p90": None}
    return {"median": round(float(np.median(values_ms))), "p90": round(float(np.quantile(values_ms, 0.9)))}


def share_of(what: str, count: int, n: int) -> Figure:
    return Figure(what=what, value=share(count, n) if n else None, unit="share", n=n)


def spread_of(what: str, values_ms: list[float]) -> tuple[Figure, Figure]:
    both = spread(values_ms)
    return (
        Figure(what=f"{what}, median", value=both["median"], unit="ms", n=len(values_ms)),
        Figure(what=f"{what}, 90th percentile", value=both["p90"], unit="ms", n=len(values_ms)),
    )


def interval(rate: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson 1927); everything when n is 0."""
    if n == 0:
        return 0.0, 1.0
    z = 1.96
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)
