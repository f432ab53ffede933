"""What a callee of the tests hears and sends: RTP with PCMU, and keys as RFC 4733 events."""

import asyncio
import struct
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from voiceagent.audio.g711 import decode_mu
from voiceagent.core.clock import Clock

_HEADER: Final = struct.Struct("!BBHII")
_EVENT: Final = struct.Struct("!BBH")
_PCMU: Final = 0
_FRAME: Final = 160  # samples of 20 ms
_SILENCE: Final = bytes([0xFF]) * _FRAME
_KEY_STEPS: Final = 5
_KEY_END: Final = 3  # the end is said three times
_KEY_NAMES: Final = "0123456789*#"


@dataclass(frozen=True, slots=True)
class Heard:
    """One RTP packet: when it came (monotonic seconds), and its place on the sender's clock in samples of 8 kHz."""

    at_s: float
    timestamp: int
    sound: bytes


@dataclass
class CalleeMedia(asyncio.DatagramProtocol):
    """One RTP socket. `send` runs until it is cancelled; keys go out between its frames."""

    clock: Clock
    heard: list[Heard] = field(default_factory=list)
    key_type: int = 0  # payload type of keys, as the gateway has offered it
    far_end: tuple[str, int] | None = None
    transport: asyncio.DatagramTransport | None = None
    _keys: list[str] = field(default_factory=list)
    _sequence: int = 0
    _timestamp: int = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, _address: Any) -> None:
        if len(data) > _HEADER.size and data[1] & 0x7F == _PCMU:
            _, _, _, timestamp, _ = _HEADER.unpack_from(data)
            self.heard.append(Heard(self.clock.monotonic(), timestamp, data[_HEADER.size :]))

    @property
    def port(self) -> int:
        assert self.transport is not None
        return int(self.transport.get_extra_info("sockname")[1])

    def press(self, key: str) -> None:
        """Send that key with the next frames."""
        self._keys.append(key)

    async def send(self) -> None:
        """Silence every 20 ms, as a phone whose owner listens."""
        while True:
            await asyncio.sleep(0.02)
            if self._keys:
                self._send_key(_KEY_NAMES.index(self._keys.pop(0)))
            else:
                self._send(_PCMU, _SILENCE)
            self._timestamp += _FRAME

    def sound(self) -> np.ndarray:
        """All that was heard, on the sender's clock: int16 (samples,) of 8 kHz. Missing packets are silence."""
        first = self.heard[0].timestamp
        places = [(one.timestamp - first) & 0xFFFF_FFFF for one in self.heard]
        whole = np.zeros(max(places) + _FRAME, np.int16)
        for place, one in zip(places, self.heard, strict=True):
            pcm = decode_mu(one.sound)
            whole[place : place + len(pcm)] = pcm
        return whole

    def _send_key(self, event: int) -> None:
        for step in range(1, _KEY_STEPS + _KEY_END):
            over = step >= _KEY_STEPS
            body = _EVENT.pack(event, (0x80 if over else 0) | 10, min(step, _KEY_STEPS) * _FRAME)
            self._send(self.key_type, body, mark=step == 1)

    def _send(self, kind: int, body: bytes, *, mark: bool = False) -> None:
        if self.transport is None or self.far_end is None:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        header = _HEADER.pack(0x80, (0x80 if mark else 0) | kind, self._sequence, self._timestamp, 0x7E57)
        self.transport.sendto(header + body, self.far_end)
