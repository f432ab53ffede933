"""If one of these fails after an upgrade of aiortc or aioice, browser calls are deaf: fix `seam.py` first."""

import inspect
from importlib.metadata import version

import aioice.ice
import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver
from aiortc.rtp import RtpPacket

from voiceagent.core.errors import InternalError
from voiceagent.gateways.webrtc.inbound import InboundAudio
from voiceagent.gateways.webrtc.seam import host_addresses, tap_receiver


class Taken:
    """A sink that keeps what it is given."""

    capacity = 16

    def __init__(self) -> None:
        self.packets: list[RtpPacket] = []

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        self.packets.append(packet)
        return False, None


def test_the_pinned_aiortc_is_installed() -> None:
    assert version("aiortc").startswith("1.16.")


async def test_aiortc_hands_every_packet_to_the_tap_and_nothing_to_its_own_decoder() -> None:
    peer = RTCPeerConnection()
    receiver = peer.addTransceiver("audio").receiver
    sink = Taken()
    tap_receiver(receiver, sink)
    receiver._RTCRtpReceiver__codecs = {96: _opus()}
    packet = RtpPacket(payload_type=96, sequence_number=7, timestamp=960)
    packet.payload = b"\x08"

    await receiver._handle_rtp_packet(packet, arrival_time_ms=0)

    assert sink.packets == [packet]
    assert receiver._RTCRtpReceiver__decoder_queue.empty()
    await peer.close()


def test_the_receiver_uses_only_add_of_its_jitter_buffer() -> None:
    uses = [line.strip() for line in inspect.getsource(RTCRtpReceiver).splitlines() if "__jitter_buffer" in line]

    assert [use for use in uses if "JitterBuffer(" not in use] == [
        "pli_flag, encoded_frame = self.__jitter_buffer.add(packet)"
    ]


def test_a_receiver_without_the_attribute_is_refused_loudly() -> None:
    inbound = InboundAudio()

    with pytest.raises(InternalError, match="aiortc"):
        tap_receiver(object(), inbound)
    inbound.close()


def test_media_listens_only_where_it_is_told_and_the_library_gets_its_own_back() -> None:
    own = aioice.ice.get_host_addresses

    with host_addresses(("127.0.0.1", "::1")):
        assert aioice.ice.get_host_addresses(True, False) == ["127.0.0.1"]
        assert aioice.ice.get_host_addresses(True, True) == ["127.0.0.1", "::1"]

    assert aioice.ice.get_host_addresses is own


def test_loopback_can_be_added_to_the_librarys_choice() -> None:
    own = aioice.ice.get_host_addresses(True, False)

    with host_addresses(("*", "127.0.0.1")):
        assert aioice.ice.get_host_addresses(True, False) == [*own, "127.0.0.1"]


def test_no_addresses_leave_the_librarys_choice() -> None:
    own = aioice.ice.get_host_addresses

    with host_addresses(()):
        assert aioice.ice.get_host_addresses is own


def _opus() -> object:
    from aiortc.codecs import CODECS

    return CODECS["audio"][0]
