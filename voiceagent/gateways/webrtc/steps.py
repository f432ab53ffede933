"""What goes into the jitter buffer and what it says to play. Durations are in 48 kHz RTP ticks."""

from dataclasses import dataclass
from typing import Final

FRAME_TICKS: Final = 960  # 20 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPacket:
    """An RTP packet's essentials. `sequence` has 16 bits, `timestamp` 32, `duration` is in ticks."""

    sequence: int
    timestamp: int
    duration: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Decode:
    """Play this packet."""

    packet: MediaPacket

    @property
    def duration(self) -> int:
        return self.packet.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Shorten:
    """Play both packets overlapped, as long as one: delay shrinks by one frame."""

    first: MediaPacket
    second: MediaPacket

    @property
    def duration(self) -> int:
        return self.first.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover:
    """A packet of `duration` is lost; `successor` may carry it as FEC."""

    successor: MediaPacket
    duration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conceal:
    """Nothing to play for `duration`: continue the sound."""

    duration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nothing to play for `duration` and nothing to continue."""

    duration: int


Step = Decode | Shorten | Recover | Conceal | Silence


@dataclass(slots=True, kw_only=True)
class JitterCounters:
    """What happened so far, in packets or steps."""

    inserted: int = 0
    played: int = 0
    lost: int = 0
    recovered: int = 0  # lost, and filled from the successor's FEC
    concealed: int = 0
    trimmed: int = 0
    late: int = 0  # came after their place had been filled
    duplicate: int = 0
    overflowed: int = 0
    strayed: int = 0
    resets: int = 0
