"""Notices dead media and keeps packet counters across renegotiations. Pure: the poller hands in time and counters."""

from dataclasses import dataclass

from voiceagent.session.ports import LegQuality

_FINAL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCounters:
    """Receive counters of the current RTP stream; a renegotiated stream counts from 0 again."""

    packets: int
    lost: int
    jitter_ms: float


class MediaWatch:
    """Follows one leg's media. A leg on hold is not expected to send, nor is one that was asked to call elsewhere."""

    def __init__(self, *, timeout_s: float, now_s: float) -> None:
        self._timeout_s = timeout_s
        self._heard_s = now_s
        self._before = StreamCounters(packets=0, lost=0, jitter_ms=0.0)  # sums of finished streams
        self._current = self._before
        self._away = False

    def referred(self) -> None:
        """The far end was sent a REFER: until it tells what came of it, it may be silent."""
        self._away = True

    def transfer_moved(self, sip_code: int) -> None:
        """A status of that REFER or of the call it asks for; from 200 on it is the last one."""
        self._away = self._away and sip_code < _FINAL

    def observe(self, counters: StreamCounters | None, *, expecting: bool, now_s: float) -> bool:
        """Take in the counters at `now_s` (None: there is no stream now); True when media is dead."""
        if counters is not None:
            if counters.packets < self._current.packets:
                self._before = self._total()
                self._current = StreamCounters(packets=0, lost=0, jitter_ms=0.0)
            if counters.packets != self._current.packets:
                self._heard_s = now_s
            self._current = counters
        if self._away or not expecting:
            self._heard_s = now_s
        return now_s - self._heard_s >= self._timeout_s

    def quality(self) -> LegQuality:
        """The whole leg so far."""
        total = self._total()
        return LegQuality(packets_received=total.packets, packets_lost=total.lost, jitter_ms=total.jitter_ms)

    def _total(self) -> StreamCounters:
        return StreamCounters(
            packets=self._before.packets + self._current.packets,
            lost=self._before.lost + self._current.lost,
            jitter_ms=self._current.jitter_ms or self._before.jitter_ms,
        )
