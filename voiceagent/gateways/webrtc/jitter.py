"""The jitter buffer: packets in as the network brings them, one playout step out whenever the player needs sound.

Pure: no clock, no I/O, no codec. Time is counted in 48 kHz RTP ticks of emitted media, so a hand-driven test is exact.

How it decides. It plays a packet as soon as its turn has come and holds nothing back, until the network shows that
holding back is needed: a packet that missed its turn, or a loss, raises the `margin` (frames it likes to have in
hand); five quiet seconds lower it. A stall longer than any margin raises nothing and is caught up afterwards. Delay
grows by concealing a frame without consuming one. It shrinks by overlapping two frames into one, as often as the
buffer held frames above the margin all through the last second (clock drift ends there too). A hole is filled from its
successor's FEC when one is in hand, else concealed. A gap in timestamps without a gap in sequence numbers is a
sender's pause (DTX) and stays a pause.
"""

from collections import deque

from voiceagent.gateways.webrtc.steps import (
    FRAME_TICKS,
    Conceal,
    Decode,
    JitterCounters,
    MediaPacket,
    Recover,
    Shorten,
    Silence,
    Step,
)

_SECOND = 48_000
_FADE_TICKS = 5 * FRAME_TICKS  # concealment has faded out by then; after it comes plain silence
_MAX_MARGIN = 4  # frames: 80 ms; a worse network is better heard with gaps than with more delay
_CALM_TICKS = 5 * _SECOND
_TRIM_WINDOW_TICKS = _SECOND
_BURST_FRAMES = 3  # this much above the margin is caught up at once, one frame in three
_CAPACITY_TICKS = _SECOND // 2
_MAX_PAUSE_TICKS = 2 * _SECOND  # a longer timestamp step is a new time base, not a pause
_PLAUSIBLE_STEP = 100  # sequence numbers; RFC 3550 appendix A.1 (MAX_MISORDER)


class JitterBuffer:
    """One stream's buffer. `insert` on arrival, `next` when the player runs out."""

    def __init__(self) -> None:
        self.counters = JitterCounters()
        self._held: dict[int, tuple[int, MediaPacket]] = {}  # unwrapped sequence -> (unwrapped timestamp, packet)
        self._next: int | None = None  # unwrapped sequence that plays next
        self._highest = 0
        self._last_timestamp = 0  # unwrapped, of the packet that came last
        self._playhead = 0  # unwrapped timestamp that plays next
        self._last_duration = FRAME_TICKS
        self._stray: MediaPacket | None = None
        self._idle = 0  # ticks emitted since the last packet played
        self._margin = 0  # frames
        self._since_trouble = 0
        self._given_up: deque[int] = deque(maxlen=_PLAUSIBLE_STEP)  # sequences that were filled instead of played
        self._window = 0
        self._window_low = _CAPACITY_TICKS
        self._trims_due = 0
        self._burst_phase = 0

    @property
    def depth_ticks(self) -> int:
        """Media time in hand."""
        return sum(packet.duration for _, packet in self._held.values())

    @property
    def idle_ticks(self) -> int:
        """Media time emitted since a packet was last played; how long the far end has been silent."""
        return self._idle

    def insert(self, packet: MediaPacket) -> None:
        """Take a packet in any order; what is late, doubled or out of place is counted and dropped."""
        if self._next is None:
            self._restart(packet)
        step = _signed(packet.sequence - self._highest, 16)
        if abs(step) > _PLAUSIBLE_STEP:
            self._out_of_place(packet)
            return
        self._stray = None
        self._place(self._highest + step, packet)

    def next(self) -> Step:
        """Decide what plays next and move on."""
        step = self._decide()
        self._account(step)
        return step

    # -- arrival --------------------------------------------------------------------------------------------------

    def _place(self, sequence: int, packet: MediaPacket) -> None:
        if self._next is not None and sequence < self._next:
            self._too_late(sequence)
            return
        if sequence in self._held:
            self.counters.duplicate += 1
            return
        self._last_timestamp += _signed(packet.timestamp - self._last_timestamp, 32)
        self._highest = max(self._highest, sequence)
        self._held[sequence] = (self._last_timestamp, packet)
        self.counters.inserted += 1
        while self.depth_ticks > _CAPACITY_TICKS:
            oldest = min(self._held)
            timestamp, dropped = self._held.pop(oldest)
            self.counters.overflowed += 1
            self._next, self._playhead = oldest + 1, timestamp + dropped.duration

    def _too_late(self, sequence: int) -> None:
        if sequence not in self._given_up:
            self.counters.duplicate += 1
            return
        self._given_up.remove(sequence)
        self.counters.late += 1
        self._trouble(self._margin + 1)

    def _restart(self, packet: MediaPacket) -> None:
        self.counters.overflowed += len(self._held)
        self._held.clear()
        self._given_up.clear()
        self._next = self._highest = packet.sequence
        self._last_timestamp = self._playhead = packet.timestamp
        self._idle = 0

    def _out_of_place(self, packet: MediaPacket) -> None:
        """A far-off sequence number: one is an accident, two in a row are a restarted sender (RFC 3550, A.1)."""
        before, self._stray = self._stray, packet
        self.counters.strayed += 1
        if before is None or packet.sequence != (before.sequence + 1) & 0xFFFF:
            return
        self.counters.resets += 1
        self.counters.strayed -= 2
        self._stray = None
        self._restart(before)
        self._place(self._highest, before)
        self._place(self._highest + 1, packet)

    # -- playout --------------------------------------------------------------------------------------------------

    def _decide(self) -> Step:
        if not self._held:
            return self._nothing()
        head = min(self._held)
        assert self._next is not None  # noqa: S101 - a held packet has set it
        if head > self._next:
            hole = self._fill_hole(head)
            if hole is not None:
                return hole
        timestamp, packet = self._held[head]
        pause = timestamp - self._playhead - self._idle
        if 0 < pause <= _MAX_PAUSE_TICKS and self.depth_ticks <= (self._margin + 1) * FRAME_TICKS:
            return self._nothing()
        if timestamp <= self._playhead and 0 < self._idle <= _MAX_MARGIN * FRAME_TICKS:
            self._trouble(self._margin + 1)  # no pause of the sender: it came after its turn
        return self._play(head, timestamp, packet)

    def _play(self, head: int, timestamp: int, packet: MediaPacket) -> Step:
        del self._held[head]
        self._next = head + 1
        self._playhead = timestamp + packet.duration
        self._last_duration = packet.duration
        self._idle = 0
        self.counters.played += 1
        follower = self._held.get(head + 1)
        if follower is None or follower[1].duration != packet.duration or not self._should_trim():
            return Decode(packet=packet)
        del self._held[head + 1]
        self._next = head + 2
        self._playhead = follower[0] + packet.duration
        self.counters.played += 1
        self.counters.trimmed += 1
        return Shorten(first=packet, second=follower[1])

    def _fill_hole(self, head: int) -> Step | None:
        """Fill one missing packet before `head`, or None when the time of all of them has been filled already."""
        assert self._next is not None  # noqa: S101 - only called with a packet in hand
        wanted = self._margin * FRAME_TICKS
        while self._next < head:
            if self.depth_ticks < wanted and self._idle < wanted:
                return self._nothing()  # it may only be late, and we want more in hand anyway
            self._trouble(max(self._margin, 1))
            wanted = self._margin * FRAME_TICKS
            self._given_up.append(self._next)
            self._next += 1
            self._playhead += self._last_duration
            self.counters.lost += 1
            last = self._next == head
            if self._idle >= self._last_duration and (not last or self.depth_ticks > wanted):
                self._idle -= self._last_duration  # its time was concealed while we waited for it
                continue
            self._idle = 0
            if last:
                self.counters.recovered += 1
                return Recover(successor=self._held[head][1], duration=self._last_duration)
            self.counters.concealed += 1
            return Conceal(duration=self._last_duration)
        return None

    def _nothing(self) -> Step:
        fresh = self._next is not None and self._idle < _FADE_TICKS
        self._idle += FRAME_TICKS
        if not fresh:
            return Silence(duration=FRAME_TICKS)
        self.counters.concealed += 1
        return Conceal(duration=FRAME_TICKS)

    # -- adapting -------------------------------------------------------------------------------------------------

    def _trouble(self, margin: int) -> None:
        self._margin = min(margin, _MAX_MARGIN)
        self._since_trouble = 0

    def _should_trim(self) -> bool:
        """Called with one packet taken out and its follower in hand."""
        depth = self.depth_ticks
        if depth > (self._margin + _BURST_FRAMES) * FRAME_TICKS:
            self._burst_phase = (self._burst_phase + 1) % 3
            return self._burst_phase == 0
        due = self._trims_due > 0
        self._trims_due -= due
        return due

    def _account(self, step: Step) -> None:
        self._window_low = min(self._window_low, self.depth_ticks)
        self._window += step.duration
        if self._window >= _TRIM_WINDOW_TICKS:
            self._trims_due = max(0, self._window_low // FRAME_TICKS - self._margin)
            self._window, self._window_low = 0, _CAPACITY_TICKS
        self._since_trouble += step.duration
        if self._since_trouble >= _CALM_TICKS:
            self._since_trouble = 0
            self._margin = max(0, self._margin - 1)


def _signed(difference: int, bits: int) -> int:
    """A difference of wrapped counters as the nearest signed number."""
    half = 1 << (bits - 1)
    return ((difference + half) & ((1 << bits) - 1)) - half
