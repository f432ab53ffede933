"""The place where the library's clock thread meets a session's MediaExchange: one pull and one push per 20 ms.

Ports are made once, before the first call, and live until the library goes down: destroying one while the clock runs is
a use after free. Between calls a port is merely unplugged.
"""

import time
from collections import deque
from typing import Any

import pjsua2 as pj

from voiceagent.audio.frame import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ, SILENCE
from voiceagent.core.errors import NoCapacity
from voiceagent.gateways.sip.frame_view import DirectWriter, SlowWriter, read_direct, read_slowly
from voiceagent.gateways.sip.mishaps import Mishaps, describe
from voiceagent.session.ports import MediaExchange

_NAP_S = 0.002
_MAX_NAPS = 250  # half a second: a clock that late is starved, and waiting longer would only starve signalling too
_STILL_S = 0.1  # five ticks: who was not called for so long has been taken out of the bridge
_MOST_STILLS = 20


class MediaPort(pj.AudioMediaPort):  # type: ignore[misc]  # the library is untyped
    """A conference bridge port. Frame callbacks run on the clock thread: they only move bytes and never raise."""

    def __init__(self, name: str, mishaps: Mishaps, *, direct: bool) -> None:
        super().__init__()
        self.mishaps = mishaps
        self.exchange: MediaExchange | None = None
        self._ticks = 0  # of the bridge's clock while the port is plugged in
        self._read = read_direct if direct else read_slowly
        self._writer = DirectWriter() if direct else SlowWriter()
        media_format = pj.MediaFormatAudio()
        media_format.init(pj.PJMEDIA_FORMAT_PCM, SAMPLE_RATE_HZ, 1, FRAME_MS * 1000, 16)
        self.createPort(name, media_format)

    def onFrameRequested(self, frame: Any) -> None:
        """The bridge wants the next frame for the caller."""
        self._ticks += 1
        try:
            exchange = self.exchange
            data = SILENCE if exchange is None else exchange.pull()
            if len(data) != FRAME_BYTES:
                self.mishaps.add("pull_size", str(len(data)))
                data = SILENCE
            self._writer.write(frame, data)
        except Exception as error:
            self.mishaps.add("pull", describe(error))

    def onFrameReceived(self, frame: Any) -> None:
        """The bridge has a frame from the caller; silence when nothing came, so that the pace never changes."""
        try:
            exchange = self.exchange
            if exchange is None:
                return
            data = self._read(frame) if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO else SILENCE
            exchange.push(data if len(data) == FRAME_BYTES else SILENCE)
        except Exception as error:
            self.mishaps.add("push", describe(error))

    def join_clock(self) -> None:
        """Into the bridge, with its own silent clock as the other side."""
        devices = pj.Endpoint.instance().audDevManager()
        devices.getCaptureDevMedia().startTransmit(self)
        self.startTransmit(devices.getPlaybackDevMedia())

    def leave_clock(self) -> None:
        """Out of the bridge, at its next tick."""
        devices = pj.Endpoint.instance().audDevManager()
        devices.getCaptureDevMedia().stopTransmit(self)
        self.stopTransmit(devices.getPlaybackDevMedia())

    @property
    def ticks(self) -> int:
        """How often the bridge's clock has called."""
        return self._ticks

    def outlast_tick(self) -> bool:
        """Wait on the SIP thread until the clock has left the tick it is in and has begun the one after the next.

        By then the bridge has carried out every removal that was queued before. False when the clock stands still.
        """
        goal = self._ticks + 2
        for _ in range(_MAX_NAPS):
            if self._ticks >= goal:
                return True
            time.sleep(_NAP_S)
        return False


class PortPool:
    """All media ports of the process. Used on the SIP thread only."""

    def __init__(self, count: int, mishaps: Mishaps, *, direct: bool) -> None:
        self._ports = [MediaPort(f"line{index}", mishaps, direct=direct) for index in range(count)]
        self._free = deque(self._ports)
        self._mishaps = mishaps

    def take(self) -> MediaPort:
        """A free port. Raises NoCapacity; that is a bug, for there are as many ports as calls."""
        if not self._free:
            raise NoCapacity("no free media port: a call has ended without giving its port back")
        return self._free.popleft()

    def give_back(self, port: MediaPort) -> None:
        """The port may serve another call. The one that rested longest is taken next."""
        port.exchange = None
        self._free.append(port)

    def check_integrity(self) -> bool:
        """True when every port is back."""
        return len(self._free) == len(self._ports)

    def destroy(self) -> None:
        """Drop the ports, once the clock has left them; only right before the library is destroyed.

        The bridge carries out at its next tick what was unplugged: the port of a call that ended just now, or never got
        an answer to its BYE, may be called until then.
        """
        if not self._come_to_rest():
            self._mishaps.add("port_in_use_at_the_end")
        self._free.clear()
        self._ports.clear()

    def _come_to_rest(self) -> bool:
        for _ in range(_MOST_STILLS):
            before = [port.ticks for port in self._ports]
            time.sleep(_STILL_S)
            if before == [port.ticks for port in self._ports]:
                return True
        return False
