"""A real Chromium on the talk page calls the platform: hears the disclosure, says yes, is on record."""

import base64
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.acceptance.harness.api import assert_whole, kinds
from tests.acceptance.harness.resemblance import SAID, UNSAID, resemblance
from voiceagent.audio.frame import ms_to_samples
from voiceagent.audio.wav import decode_wav, encode_wav
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.speech.espeak import EspeakVoice

pytestmark = [pytest.mark.timeout(120), pytest.mark.usefixtures("dialled")]  # beside a SIP call

CHROMIUM = Path("/usr/bin/chromium")
CALLER = VoiceChoice(name="en-us+m3", words_per_minute=150, pitch=35)

# Keeps what the page's audio element plays, at 16 kHz, on the browser's audio thread: a busy page loses nothing.
KEEP_SOUND = """async () => {
  const code = `registerProcessor("keep", class extends AudioWorkletProcessor {
    process([[samples]]) { if (samples) this.port.postMessage(samples.slice()); return true; }
  });`;
  const context = new AudioContext({sampleRate: 16000});
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], {type: "text/javascript"})));
  const voice = document.getElementById("voice"), tap = new AudioWorkletNode(context, "keep");
  window.kept = [];
  tap.port.onmessage = (event) => window.kept.push(event.data);
  tap.connect(context.destination);
  const waiting = setInterval(() => {
    if (!voice.srcObject) return;
    clearInterval(waiting);
    context.createMediaStreamSource(voice.srcObject).connect(tap);
  }, 10);
}"""
KEPT_SOUND = """() => {
  const all = new Int16Array(window.kept.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of window.kept) for (const sample of part) all[at++] = Math.max(-1, Math.min(1, sample)) * 32767;
  const bytes = new Uint8Array(all.buffer);
  let text = "";
  for (let from = 0; from < bytes.length; from += 32768)
    text += String.fromCharCode(...bytes.subarray(from, from + 32768));
  return btoa(text);
}"""


def write_microphone(path: Path) -> np.ndarray:
    """A caller who says yes every few seconds; the browser plays the file over and over. What "yes" sounds like."""
    yes = np.concatenate([chunk.pcm for chunk in EspeakVoice(CALLER).speak("Yes, you may.")])
    pause = np.zeros(ms_to_samples(1600), np.int16)
    path.write_bytes(encode_wav(np.concatenate((pause, yes, pause))))
    return yes


@pytest.fixture
def page(tmp_path):
    if not CHROMIUM.exists():
        pytest.fail("this test drives Debian's Chromium: apt-get install -y chromium")
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={tmp_path / 'microphone.wav'}",
        "--allow-loopback-in-peer-connection",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
    ]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"),
            executable_path=str(CHROMIUM),
            headless=True,
            args=flags,
            permissions=["microphone"],
            bypass_csp=True,  # for the code that listens; `test_browser_talk` keeps to the page's own policy
        )
        yield context.pages[0]
        context.close()


def test_a_browser_hears_the_disclosure_consents_and_is_on_record(house, page: Page, tmp_path):
    yes = write_microphone(tmp_path / "microphone.wav")
    minted = house.api.post("/v1/webrtc/tokens", {"profile": "brief", "subject": "visitor"})

    page.goto(minted["url"])
    page.evaluate(KEEP_SOUND)
    page.get_by_role("button", name="Talk").click()
    page.get_by_role("button", name="Hang up").wait_for(timeout=15_000)
    call_id = house.api.find(transport="webrtc")["id"]
    house.api.event(call_id, "consent.granted")
    page.wait_for_timeout(6_500)  # whenever it begins, a whole "yes" of the microphone is within
    heard = np.frombuffer(base64.b64decode(page.evaluate(KEPT_SOUND)), "<i2")
    page.get_by_role("button", name="Hang up").click()
    page.get_by_text("Call ended").wait_for(timeout=10_000)

    call = house.api.ended(id=call_id)
    log = house.api.events(call_id)
    prompts, profile = house.prompts("brief"), house.profiles["brief"]
    recording = house.api.recording(call_id)
    assert recording is not None
    left, right = decode_wav(recording).channels
    assert resemblance(prompts[profile.opening.notice], heard) > SAID
    assert resemblance(prompts[profile.opening.disclosure], heard) > SAID
    assert resemblance(prompts[profile.apology], heard) < UNSAID
    assert (call["transport"], call["from"], call["agent"]["profile"]) == ("webrtc", "visitor", "brief")
    assert (call["consent"]["recording"], call["disclosure"]["status"]) == ("granted", "completed")
    assert (call["result"], call["ended_reason"]) == ("success", "caller_hung_up")
    assert_whole(log)
    assert next(e for e in log if e["type"] == "consent.granted")["data"]["method"] == "voice"
    assert "recording.sealed" in kinds(log)
    assert resemblance(prompts[f"Thank you. {profile.greeting}"], right) > SAID
    assert resemblance(yes, left) > SAID
