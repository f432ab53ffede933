"""When the caller was making speech, as the network heard it: spans on the media clock."""

from dataclasses import dataclass

_ON, _OFF = 0.5, 0.35  # hysteresis on the network's `caller_active`, so that one wavering micro-turn makes no span


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    start_ms: int
    end_ms: int


class CallerActivity:
    """Fold `caller_active` probabilities into spans of caller speech."""

    def __init__(self) -> None:
        self.active = False
        self.sounding = False  # as of the last micro-turn, without hysteresis: something may be being said
        self.onset_ms = -1
        self.last_active_ms = -1
        self.last_span: Span | None = None

    def step(self, probability: float, *, now_ms: int, turn_ms: int) -> bool:
        """Take the view at the end of a micro-turn that ended at `now_ms`; whether speech begins with it."""
        self.sounding = probability >= _OFF
        begins = not self.active and probability >= _ON
        if begins:
            self.active = True
            self.onset_ms = max(0, now_ms - turn_ms)
        elif self.active and not self.sounding:
            self.active = False
            self.last_span = Span(start_ms=self.onset_ms, end_ms=self.last_active_ms)
        if self.active:
            self.last_active_ms = now_ms
        return begins

    def silent_for_ms(self, now_ms: int) -> int:
        """How long the caller has not spoken; counts from 0 when nothing was ever heard."""
        return 0 if self.active else now_ms - max(self.last_active_ms, 0)
