"""The caller's sound: RTP packets in as they come, exactly one 20 ms frame of 16 kHz PCM out per tick."""

from typing import Any

import numpy as np

from voiceagent.audio.frame import FRAME_BYTES, SAMPLE_RATE_HZ, from_bytes, to_bytes
from voiceagent.core.errors import BadInput
from voiceagent.gateways.webrtc.jitter import JitterBuffer
from voiceagent.gateways.webrtc.opus import RTP_CLOCK_HZ, OpusDecoder, packet_duration
from voiceagent.gateways.webrtc.steps import Conceal, Decode, JitterCounters, MediaPacket, Recover, Shorten, Step

_TICKS_PER_SAMPLE = RTP_CLOCK_HZ // SAMPLE_RATE_HZ


class InboundAudio:
    """Stands where aiortc has its own JitterBuffer (see `seam`): `add` and `capacity` are what aiortc uses of it.

    All calls come from the event loop's thread; decoding a frame takes about 30 us, so no thread is worth its switch.
    """

    capacity = 16

    def __init__(self) -> None:
        self._jitter = JitterBuffer()
        self._decoder = OpusDecoder()
        self._pcm = bytearray()
        self._closed = False
        self.malformed = 0

    @property
    def counters(self) -> JitterCounters:
        return self._jitter.counters

    @property
    def silent_ms(self) -> int:
        """How long nothing has come from the caller."""
        return self._jitter.idle_ticks * 1000 // RTP_CLOCK_HZ

    @property
    def waiting_ms(self) -> int:
        """Media in hand: the delay that this buffer adds."""
        return self._jitter.depth_ticks * 1000 // RTP_CLOCK_HZ

    def add(self, packet: Any) -> tuple[bool, None]:
        """aiortc's hook: an `aiortc.rtp.RtpPacket` came. Returns (no picture loss, no frame for aiortc's decoder)."""
        payload: bytes = packet.payload
        try:
            duration = packet_duration(payload)
        except BadInput:
            self.malformed += bool(payload)  # an empty payload is a keep-alive
            return False, None
        self._jitter.insert(
            MediaPacket(sequence=packet.sequence_number, timestamp=packet.timestamp, duration=duration, payload=payload)
        )
        return False, None

    def take(self) -> bytes:
        """The next 20 ms: 640 bytes, silence when nothing came."""
        if self._closed:
            return bytes(FRAME_BYTES)
        while len(self._pcm) < FRAME_BYTES:
            self._pcm += self._sound(self._jitter.next())
        frame = bytes(self._pcm[:FRAME_BYTES])
        del self._pcm[:FRAME_BYTES]
        return frame

    def close(self) -> None:
        """Free the decoder."""
        self._closed = True
        self._decoder.close()

    def _sound(self, step: Step) -> bytes:
        samples = step.duration // _TICKS_PER_SAMPLE
        try:
            match step:
                case Decode(packet=packet):
                    return self._decoder.decode(packet.payload)
                case Shorten(first=first, second=second):
                    return _overlap(self._decoder.decode(first.payload), self._decoder.decode(second.payload))
                case Recover(successor=successor):
                    return self._decoder.recover(successor.payload, samples)
                case Conceal():
                    return self._decoder.conceal(samples)
                case _:
                    return bytes(samples * 2)
        except BadInput:
            self.malformed += 1
            return bytes(max(samples * 2, FRAME_BYTES))


def _overlap(first: bytes, second: bytes) -> bytes:
    """Cross-fade two equally long stretches into one."""
    a, b = from_bytes(first), from_bytes(second)
    if a.size != b.size:
        return second
    rise = np.linspace(0.0, 1.0, a.size, dtype=np.float32)
    return to_bytes((a * (1.0 - rise) + b * rise).astype(np.int16))
