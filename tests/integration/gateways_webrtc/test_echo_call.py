"""A second aiortc plays the browser: real ICE, DTLS, SRTP and Opus over loopback. Content is proved by tone."""

import asyncio
import fractions
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import av
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from voiceagent.audio.frame import FRAME_BYTES, SILENCE
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import BadInput, Conflict, NoCapacity, Unavailable
from voiceagent.core.ids import TenantId
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.webrtc.gateway import WebRtcGateway, WebRtcOffer
from voiceagent.gateways.webrtc.leg import WebRtcLeg
from voiceagent.gateways.webrtc.options import WebRtcOptions
from voiceagent.session.ports import DigitPressed, HungUp

LOOPBACK = WebRtcOptions(max_calls=2, host_addresses=("127.0.0.1",), connect_timeout_s=8, answer_timeout_s=5)


class Echo:
    """A session's media side that says what it hears."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self._out: deque[bytes] = deque(maxlen=10)

    def push(self, frame: bytes) -> None:
        assert len(frame) == FRAME_BYTES
        self.heard += frame
        self._out.append(frame)

    def pull(self) -> bytes:
        return self._out.popleft() if self._out else SILENCE


class ToneTrack(MediaStreamTrack):
    """A microphone in front of a tone generator, 48 kHz like a browser's."""

    kind = "audio"

    def __init__(self, frequency_hz: float) -> None:
        super().__init__()
        self._frequency_hz = frequency_hz
        self._frame = 0

    async def recv(self) -> av.AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        await asyncio.sleep(0.02)
        t = (self._frame * 960 + np.arange(960)) / 48_000
        samples = (np.sin(2 * np.pi * self._frequency_hz * t) * 12_000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self._frame * 960, fractions.Fraction(1, 48_000)
        self._frame += 1
        return frame


class Browser:
    """The page's side of a call."""

    def __init__(self, frequency_hz: float = 1_000) -> None:
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel = self.peer.createDataChannel("side")
        self.messages: list[dict[str, object]] = []
        self.channel.on("message", lambda text: self.messages.append(json.loads(text)))
        self.opened = asyncio.Event()
        self.channel.on("open", self.opened.set)
        self._tone = ToneTrack(frequency_hz)
        self.peer.addTrack(self._tone)

    async def offer(self) -> str:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return str(self.peer.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))

    async def listen(self, seconds: float) -> np.ndarray:
        track = self.peer.getReceivers()[0].track
        heard: list[np.ndarray] = []
        while sum(map(len, heard)) < seconds * 48_000:
            frame = await track.recv()
            heard.append(frame.to_ndarray().reshape(-1, 2)[:, 0])
        return np.concatenate(heard)

    async def close(self) -> None:
        self._tone.stop()
        await self.peer.close()


def loudest_hz(samples: np.ndarray, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate_hz / len(samples)


@asynccontextmanager
async def a_browser(frequency_hz: float = 1_000) -> AsyncIterator[Browser]:
    browser = Browser(frequency_hz)
    try:
        yield browser
    finally:
        await browser.close()


async def end_of(leg: WebRtcLeg) -> Termination:
    events = [event async for event in leg.events()]
    assert isinstance(events[-1], HungUp)
    return events[-1].termination


def offered(sdp: str) -> WebRtcOffer:
    return WebRtcOffer(sdp=sdp, tenant_id=TenantId("ten_test"), profile="orders")


def gateway(
    on_call: Callable[[WebRtcOffer, WebRtcLeg], Awaitable[None]], options: WebRtcOptions = LOOPBACK
) -> WebRtcGateway:
    return WebRtcGateway(on_call=on_call, options=options, clock=SystemClock())


async def test_both_sides_hear_the_tone_and_digits_and_captions_pass() -> None:
    echo = Echo()
    codecs: list[str] = []
    seen: list[DigitPressed | HungUp] = []

    async def on_call(offer: WebRtcOffer, leg: WebRtcLeg) -> None:
        assert offer.profile == "orders"
        codecs.append(await leg.answer(echo))
        async for event in leg.events():
            seen.append(event)
            if isinstance(event, DigitPressed):
                leg.caption(speaker="agent", text="héllo", final=True)

    async with gateway(on_call) as exchange, a_browser(1_000) as browser:
        await browser.accept(await exchange.offer(offered(await browser.offer())))
        async with asyncio.timeout(10):
            await browser.opened.wait()
            browser.channel.send(json.dumps({"digit": "7"}))
            browser.channel.send("not json")
            heard_back = await browser.listen(2.0)
        (leg,) = exchange._legs.values()
        quality = await leg.quality()
        browser.channel.send(json.dumps({"type": "hangup"}))
        async with asyncio.timeout(5):
            while exchange.active_calls:
                await asyncio.sleep(0.02)

    assert codecs == ["opus"]
    assert seen == [DigitPressed(digit="7"), HungUp(termination=Termination.because(Reason.CALLER_HUNG_UP))]
    assert {"type": "caption", "speaker": "agent", "text": "héllo", "final": True} in browser.messages
    assert browser.messages[-1] == {"type": "ended", "reason": "caller_hung_up"}
    heard = np.frombuffer(bytes(echo.heard[-32_000:]), dtype="<i2")
    assert loudest_hz(heard, 16_000) == pytest.approx(1_000, abs=5)
    assert loudest_hz(heard_back[-48_000:], 48_000) == pytest.approx(1_000, abs=5)
    assert quality.packets_received > 50


async def test_a_closed_page_hangs_the_call_up() -> None:
    ends: list[Termination] = []

    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        await leg.answer(Echo())
        ends.append(await end_of(leg))

    async with gateway(on_call) as exchange:
        async with a_browser() as browser:
            await browser.accept(await exchange.offer(offered(await browser.offer())))
            async with asyncio.timeout(10):
                await browser.opened.wait()
        async with asyncio.timeout(10):
            while exchange.active_calls:
                await asyncio.sleep(0.02)

    assert [end.reason for end in ends] == [Reason.CALLER_HUNG_UP]


async def test_a_refusal_of_the_session_reaches_the_browser_as_an_error() -> None:
    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        await leg.hang_up(Termination.because(Reason.NO_CAPACITY))

    async with gateway(on_call) as exchange, a_browser() as browser:
        with pytest.raises(NoCapacity):
            await exchange.offer(offered(await browser.offer()))

    assert exchange.active_calls == 0


async def test_a_handler_that_fails_ends_only_its_own_call() -> None:
    echo = Echo()

    async def on_call(offer: WebRtcOffer, leg: WebRtcLeg) -> None:
        if offer.profile == "broken":
            raise ValueError
        await leg.answer(echo)
        async for _ in leg.events():
            pass

    async with gateway(on_call) as exchange, a_browser() as good, a_browser() as bad:
        await good.accept(await exchange.offer(offered(await good.offer())))
        broken = WebRtcOffer(sdp=await bad.offer(), tenant_id=TenantId("ten_test"), profile="broken")
        with pytest.raises(Unavailable):
            await exchange.offer(broken)
        async with asyncio.timeout(10):
            heard_back = await good.listen(1.0)

        assert exchange.active_calls == 1

    assert loudest_hz(heard_back[-24_000:], 48_000) == pytest.approx(1_000, abs=5)


async def test_more_calls_than_lines_are_refused() -> None:
    release = asyncio.Event()

    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        await release.wait()
        await leg.hang_up(Termination.because(Reason.UNKNOWN_NUMBER))

    async with gateway(on_call) as exchange, a_browser() as browser:
        sdp = await browser.offer()
        async with asyncio.TaskGroup() as group:

            async def call() -> None:
                with pytest.raises(Conflict):
                    await exchange.offer(offered(sdp))

            group.create_task(call())
            group.create_task(call())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            with pytest.raises(NoCapacity):
                await exchange.offer(offered(sdp))
            release.set()


async def test_one_token_cannot_take_all_lines() -> None:
    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        await leg.answer(Echo())
        await end_of(leg)

    options = WebRtcOptions(host_addresses=("127.0.0.1",), max_calls_per_token=1)
    async with gateway(on_call, options) as exchange, a_browser() as browser:
        same = WebRtcOffer(sdp=await browser.offer(), tenant_id=TenantId("ten_test"), profile="orders", token_id="tok")
        await browser.accept(await exchange.offer(same))
        with pytest.raises(Conflict, match="1 calls running"):
            await exchange.offer(same)

        assert exchange.counters() == {"calls": 1, "refused": 1, "active": 1}


async def test_a_drain_hangs_up_what_still_runs_and_takes_nothing_new() -> None:
    ends: list[Termination] = []

    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        await leg.answer(Echo())
        ends.append(await end_of(leg))

    async with gateway(on_call) as exchange, a_browser() as browser:
        sdp = await browser.offer()
        await browser.accept(await exchange.offer(offered(sdp)))
        async with asyncio.timeout(10):
            await browser.opened.wait()
        await exchange.drain(timeout_s=0.05)
        with pytest.raises(Unavailable):
            await exchange.offer(offered(sdp))

    assert [end.reason for end in ends] == [Reason.SHUTDOWN]
    assert browser.messages[-1] == {"type": "ended", "reason": "shutdown"}


async def test_a_browser_that_never_connects_times_out() -> None:
    failures: list[Exception] = []

    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        try:
            await leg.answer(Echo())
        except BadInput as error:
            failures.append(error)

    impatient = WebRtcOptions(host_addresses=("127.0.0.1",), connect_timeout_s=0.5)
    async with gateway(on_call, impatient) as exchange, a_browser() as browser:
        await exchange.offer(offered(await browser.offer()))
        async with asyncio.timeout(10):
            while exchange.active_calls:
                await asyncio.sleep(0.02)

    assert "no network path" in str(failures[0])


async def test_a_silent_network_ends_the_call_as_media_lost() -> None:
    ends: list[Termination] = []

    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        await leg.answer(Echo())
        ends.append(await end_of(leg))

    options = WebRtcOptions(host_addresses=("127.0.0.1",), media_timeout_s=0.4)
    async with gateway(on_call, options) as exchange, a_browser() as browser:
        await browser.accept(await exchange.offer(offered(await browser.offer())))
        async with asyncio.timeout(10):
            await browser.opened.wait()
            browser.peer.getSenders()[0].replaceTrack(None)
            while exchange.active_calls:
                await asyncio.sleep(0.02)

    assert [end.reason for end in ends] == [Reason.MEDIA_LOST]


async def test_an_offer_that_only_looks_right_is_refused_as_malformed() -> None:
    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        with pytest.raises(BadInput):
            await leg.answer(Echo())

    async with gateway(on_call) as exchange, a_browser() as browser:
        broken = (await browser.offer()).replace("a=setup:actpass", "a=setup:nonsense")
        with pytest.raises(BadInput):
            await exchange.offer(offered(broken))
