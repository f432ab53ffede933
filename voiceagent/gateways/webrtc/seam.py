"""The one place that reaches behind aiortc's and aioice's public surface. `pyproject.toml` pins both for it.

1. aiortc's receiver holds back 80 ms and stalls on a lost packet; its buffer is a private attribute, exchanged here.
2. aioice never offers loopback and always offers every other interface; its address list is a module function,
   exchanged here. That holds for the whole process, so a process has one gateway.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import aioice.ice
from aiortc import RTCRtpReceiver
from aiortc.jitterbuffer import JitterBuffer

from voiceagent.core.errors import InternalError

_BUFFER = "_RTCRtpReceiver__jitter_buffer"


class PacketSink(Protocol):
    """What aiortc's receiver uses of a jitter buffer."""

    capacity: int

    def add(self, packet: Any) -> tuple[bool, None]: ...


def tap_receiver(receiver: RTCRtpReceiver, sink: PacketSink) -> None:
    """Send the receiver's RTP packets to `sink` instead of aiortc's own buffer and decoder thread.

    Call it before the connection is up. Raises InternalError when aiortc no longer has the attribute.
    """
    if not isinstance(getattr(receiver, _BUFFER, None), JitterBuffer):
        raise InternalError(f"this aiortc keeps its jitter buffer elsewhere than in {_BUFFER}; install aiortc 1.16")
    setattr(receiver, _BUFFER, sink)


@contextmanager
def host_addresses(addresses: tuple[str, ...]) -> Iterator[None]:
    """Let media listen on `addresses` only, loopback too if named; "*" and () stand for aioice's own choice."""
    before = getattr(aioice.ice, "get_host_addresses", None)
    if before is None:
        raise InternalError("this aioice has no get_host_addresses; install the aioice that aiortc 1.16 brings")
    if not addresses:
        yield
        return

    def chosen(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: FBT001 - aioice's signature
        named = [one for one in addresses if one != "*" and (use_ipv6 if ":" in one else use_ipv4)]
        own: list[str] = before(use_ipv4, use_ipv6) if "*" in addresses else []
        return [*own, *(one for one in named if one not in own)]

    aioice.ice.get_host_addresses = chosen
    try:
        yield
    finally:
        aioice.ice.get_host_addresses = before
