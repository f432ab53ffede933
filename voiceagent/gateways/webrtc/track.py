"""The 20 ms heartbeat of a browser call: one frame heard, one frame said, on a monotonic clock."""

import asyncio
from collections.abc import Callable
from fractions import Fraction

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from voiceagent.audio.frame import FRAME_MS
from voiceagent.core.clock import Clock
from voiceagent.gateways.webrtc.inbound import InboundAudio
from voiceagent.gateways.webrtc.opus import RTP_CLOCK_HZ, OpusEncoder
from voiceagent.gateways.webrtc.steps import FRAME_TICKS
from voiceagent.session.ports import MediaExchange

_TIME_BASE = Fraction(1, RTP_CLOCK_HZ)
_FRAME_S = FRAME_MS / 1000
_WORST_LAG_S = 0.5
# When this process itself was held up, packets wait in the socket: read them before saying that none came. The loop
# takes one datagram a turn from a socket, and it needs a few more turns to get through ICE, DTLS and SRTP to us.
_LATE_S = 0.005
_TURNS_PER_PACKET = 5


class Pacer:
    """When the next frame is due. Behind by less than half a second it catches up, so that no media time is lost."""

    def __init__(self) -> None:
        self._due: float | None = None
        self.skipped = 0

    def wait_s(self, now: float) -> float:
        """Seconds until the frame that is asked for is due; <= 0 is at once."""
        if self._due is None:
            self._due = now
        if now - self._due > _WORST_LAG_S:
            self.skipped += 1
            self._due = now
        wait = self._due - now
        self._due += _FRAME_S
        return wait


class MediaPump:
    """Moves one frame each way between the network's side and the session's side."""

    def __init__(self, media: MediaExchange, inbound: InboundAudio) -> None:
        self._media = media
        self._inbound = inbound
        self._encoder = OpusEncoder()

    def beat(self) -> bytes:
        """Hand on what was heard; the Opus packet to send."""
        self._media.push(self._inbound.take())
        return self._encoder.encode(self._media.pull())

    @property
    def silent_ms(self) -> int:
        return self._inbound.silent_ms

    def close(self) -> None:
        """Free the coders."""
        self._encoder.close()
        self._inbound.close()


class AgentTrack(MediaStreamTrack):  # type: ignore[misc]  # aiortc is untyped to mypy
    """The agent's voice as aiortc sees it: packets that are encoded already, so aiortc's own encoder stays idle."""

    kind = "audio"

    def __init__(
        self,
        pump: MediaPump,
        *,
        clock: Clock,
        silence_limit_ms: int,
        on_silence: Callable[[], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._pump = pump
        self._clock = clock
        self._pacer = Pacer()
        self._beats = 0
        self._silence_limit_ms = silence_limit_ms
        self._on_silence = on_silence
        self._on_failure = on_failure

    async def recv(self) -> av.Packet:
        """Called by aiortc's sender in a loop; also drives the inbound direction."""
        wait = self._pacer.wait_s(self._clock.monotonic())
        await asyncio.sleep(max(0.0, wait))
        if wait < -_LATE_S:
            for _ in range(_TURNS_PER_PACKET):
                await asyncio.sleep(0)
        if self.readyState != "live":
            raise MediaStreamError
        try:
            packet = av.Packet(self._pump.beat())
        except Exception as error:
            self._on_failure(error)
            raise MediaStreamError from error
        packet.pts = self._beats * FRAME_TICKS
        packet.time_base = _TIME_BASE
        self._beats += 1
        if self._pump.silent_ms >= self._silence_limit_ms:
            self._on_silence()
        return packet

    def stop(self) -> None:
        """End the heartbeat and free the coders."""
        super().stop()
        self._pump.close()
