"""A real Chromium on the talk page calls a real gateway. Both directions are proved by the tones that arrive."""

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from playwright.async_api import Page, async_playwright

from voiceagent.audio.frame import FRAME_SAMPLES, to_bytes
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.gateways.webrtc.app import create_talk_app
from voiceagent.gateways.webrtc.gateway import WebRtcGateway, WebRtcOffer
from voiceagent.gateways.webrtc.leg import WebRtcLeg
from voiceagent.gateways.webrtc.options import WebRtcOptions
from voiceagent.gateways.webrtc.tokens import TalkClaims, TalkTokens
from voiceagent.session.ports import DigitPressed, HungUp

CHROMIUM = Path("/usr/bin/chromium")
CALLER_HZ, AGENT_HZ = 700, 1_000
TOKENS = TalkTokens(b"0123456789abcdef0123456789abcdef")

# What the page's audio element plays, as the loudest frequency over half a second and its level in dB.
LOUDEST_HZ = """async () => {
  const context = new AudioContext(), analyser = context.createAnalyser();
  analyser.fftSize = 16384;
  context.createMediaStreamSource(document.getElementById("voice").srcObject).connect(analyser);
  await new Promise((done) => setTimeout(done, 700));
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const best = bins.indexOf(Math.max(...bins));
  const found = [best * context.sampleRate / analyser.fftSize, bins[best]];
  await context.close();
  return found;
}"""


class ToneAgent:
    """A session's media side that says one tone and keeps what it hears."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self._said = 0

    def push(self, frame: bytes) -> None:
        self.heard += frame

    def pull(self) -> bytes:
        t = (self._said * FRAME_SAMPLES + np.arange(FRAME_SAMPLES)) / 16_000
        self._said += 1
        return to_bytes((np.sin(2 * np.pi * AGENT_HZ * t) * 10_000).astype(np.int16))


def write_microphone(path: Path) -> None:
    """Ten seconds of a beeping tone: steady sound would be taken for noise by the browser and removed."""
    t = np.arange(48_000 * 10) / 48_000
    beeps = np.where((t % 0.5) < 0.3, 1.0, 0.0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(to_bytes((np.sin(2 * np.pi * CALLER_HZ * t) * beeps * 14_000).astype(np.int16)))


def tone_share(pcm: bytes, frequency_hz: float) -> float:
    """How much of the sound's energy lies within 30 Hz of a frequency."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    power = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
    frequencies = np.fft.rfftfreq(samples.size, 1 / 16_000)
    return float(power[np.abs(frequencies - frequency_hz) < 30].sum() / power.sum())


@asynccontextmanager
async def served(gateway: WebRtcGateway) -> AsyncIterator[str]:
    """The talk page's address, with a token."""
    clock = SystemClock()
    app = create_talk_app(gateway=gateway, tokens=TOKENS, clock=clock)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none"))
    now = clock.now().timestamp()
    claims = TalkClaims(token_id="tok_1", tenant_id=TenantId("ten_a"), profile="orders", expires_at=int(now) + 600)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        async with asyncio.timeout(5):
            while not server.started:
                await asyncio.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}/talk#token={TOKENS.mint(claims, now=now)}"
        finally:
            server.should_exit = True


@asynccontextmanager
async def a_page(microphone: Path, profile: Path) -> AsyncIterator[Page]:
    if not CHROMIUM.exists():
        pytest.fail("this test drives Debian's Chromium: apt-get install -y chromium")
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
        "--allow-loopback-in-peer-connection",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
    ]
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(profile), executable_path=str(CHROMIUM), headless=True, args=flags, permissions=["microphone"]
        )
        try:
            yield context.pages[0]
        finally:
            await context.close()


@pytest.mark.timeout(90)
async def test_a_page_and_the_gateway_hear_each_other(tmp_path: Path) -> None:
    write_microphone(tmp_path / "microphone.wav")
    agent = ToneAgent()
    events: list[DigitPressed | HungUp] = []

    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        await leg.answer(agent)
        async for event in leg.events():
            events.append(event)
            if isinstance(event, DigitPressed):
                leg.caption(speaker="agent", text=f"You pressed {event.digit}.", final=True)

    options = WebRtcOptions(host_addresses=("127.0.0.1",))
    async with (
        WebRtcGateway(on_call=on_call, options=options, clock=SystemClock()) as gateway,
        served(gateway) as address,
        a_page(tmp_path / "microphone.wav", tmp_path / "profile") as page,
    ):
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        await page.goto(address)
        await page.get_by_role("button", name="Talk").click()
        await page.get_by_role("button", name="Hang up").wait_for(timeout=15_000)
        frequency_hz, level_db = await page.evaluate(LOUDEST_HZ)
        await page.keyboard.press("5")
        await page.get_by_text("You pressed 5.").wait_for(timeout=5_000)
        async with asyncio.timeout(15):
            while len(agent.heard) < 16_000 * 2 * 2:
                await asyncio.sleep(0.05)
        await page.get_by_role("button", name="Hang up").click()
        await page.get_by_text("Call ended").wait_for(timeout=5_000)
        async with asyncio.timeout(10):
            while gateway.active_calls:
                await asyncio.sleep(0.02)

    assert frequency_hz == pytest.approx(AGENT_HZ, abs=10)
    assert level_db > -50
    assert tone_share(bytes(agent.heard[-32_000:]), CALLER_HZ) > 0.8
    assert [type(event) for event in events] == [DigitPressed, HungUp]
    assert complaints == []


@pytest.mark.timeout(60)
async def test_a_page_without_a_valid_token_says_so(tmp_path: Path) -> None:
    write_microphone(tmp_path / "microphone.wav")

    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        raise AssertionError(leg)

    options = WebRtcOptions(host_addresses=("127.0.0.1",))
    async with (
        WebRtcGateway(on_call=on_call, options=options, clock=SystemClock()) as gateway,
        served(gateway) as address,
        a_page(tmp_path / "microphone.wav", tmp_path / "profile") as page,
    ):
        await page.goto(address.split("#")[0])
        await page.get_by_text("This link has no token").wait_for(timeout=5_000)
        await page.goto("about:blank")
        await page.goto(address[:-3] + "xyz")
        await page.get_by_role("button", name="Talk").click()
        await page.get_by_text("signature is not ours").wait_for(timeout=10_000)
