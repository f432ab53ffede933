"""Offers that a program has damaged: whatever arrives, the browser gets an answer or an error of ours."""

import asyncio

from aiortc import RTCConfiguration, RTCPeerConnection
from hypothesis import given, settings, strategies as st

from voiceagent.audio.frame import SILENCE
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import VoiceagentError
from voiceagent.core.ids import TenantId
from voiceagent.gateways.webrtc.gateway import WebRtcGateway, WebRtcOffer
from voiceagent.gateways.webrtc.leg import WebRtcLeg
from voiceagent.gateways.webrtc.options import WebRtcOptions


class Quiet:
    def push(self, frame: bytes) -> None:
        pass

    def pull(self) -> bytes:
        return SILENCE


async def a_good_offer() -> str:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.createDataChannel("side")
    peer.addTransceiver("audio")
    await peer.setLocalDescription(await peer.createOffer())
    sdp = str(peer.localDescription.sdp)
    await peer.close()
    return sdp


GOOD = asyncio.run(a_good_offer()).split("\r\n")


async def place(sdp: str) -> str:
    """The word answered, or the class of the error; errors of the handler that are not ours fail."""
    surprises: list[Exception] = []

    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        try:
            await leg.answer(Quiet())
        except VoiceagentError:
            raise
        except Exception as error:
            surprises.append(error)
            raise

    options = WebRtcOptions(host_addresses=("127.0.0.1",), connect_timeout_s=10, answer_timeout_s=10)
    outcome = "answered"
    async with WebRtcGateway(on_call=on_call, options=options, clock=SystemClock()) as gateway:
        try:
            await gateway.offer(WebRtcOffer(sdp=sdp, tenant_id=TenantId("ten_a"), profile="orders"))
        except VoiceagentError as error:
            outcome = type(error).__name__
    assert surprises == []
    return outcome


def test_the_offer_that_is_damaged_below_is_a_good_one() -> None:
    assert asyncio.run(place("\r\n".join(GOOD))) == "answered"


@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_offer_is_answered_or_bad_input(data: st.DataObject) -> None:
    lines = list(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(1, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "double", "cut", "swap", "junk"])):
            case "drop":
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "cut":
                lines[at] = lines[at][: data.draw(st.integers(0, 20))]
            case "swap":
                lines[at], lines[at - 1] = lines[at - 1], lines[at]
            case _:
                lines[at] = data.draw(st.text("abc:=/ 0123456789-", max_size=20))

    assert asyncio.run(place("\r\n".join(lines))) in {"answered", "BadInput"}
