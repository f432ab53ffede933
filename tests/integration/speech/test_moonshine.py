"""Real Moonshine on real callers over a telephone band."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soxr

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm
from voiceagent.audio.phone_band import through_phone
from voiceagent.audio.wav import decode_wav
from voiceagent.config.profile_file import default_profile
from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.understanding import understand
from voiceagent.speech.grammar import open_hints
from voiceagent.speech.moonshine import files
from voiceagent.speech.moonshine.network import Floats, MoonshineNetwork
from voiceagent.speech.moonshine.recogniser import MoonshineRecogniser
from voiceagent.testing.recogniser_contract import RecogniserContract, RecogniserWorld, listen

_PROFILE = default_profile()
_VOICES = ["en-us+m3", "en-us+f2", "en-us+m8"]


def _recorded(text: str) -> Pcm:
    """Words by `am_liam` of Kokoro-82M (Apache-2.0)."""
    wav = decode_wav((Path(__file__).parent / "words" / f"{text.replace(' ', '-')}.wav").read_bytes())
    rest = np.zeros(8_000, np.int16)
    return through_phone(np.concatenate([rest, soxr.resample(wav.channels[0], wav.rate_hz, SAMPLE_RATE_HZ), rest]))


class TestMoonshine(RecogniserContract):
    @pytest.fixture
    def world(self, moonshine) -> RecogniserWorld:
        return RecogniserWorld(recogniser=moonshine, say=_recorded)


class Counting(MoonshineNetwork):
    """Knows how often it was asked to hear something."""

    heard = 0

    def hear(self, signal: Floats) -> Floats:
        self.heard += 1
        return super().hear(signal)


def test_what_was_read_in_a_pause_is_read_again_only_when_more_was_said(moonshine, call):
    network = Counting(files.usual_folder())
    stream = MoonshineRecogniser(network).open(open_hints(_PROFILE))
    pcm = call("en-us+m3", "where is my order")
    stream.begin()
    stream.accept(pcm)
    stream.pause()
    in_the_pause = network.heard
    first = stream.finish()
    assert (in_the_pause, network.heard) == (1, 1)

    stream.begin()
    stream.accept(pcm)
    stream.pause()
    stream.resume()
    stream.accept(np.zeros(1280, np.int16))
    second = stream.finish()
    stream.close()

    assert network.heard == 3
    assert first.text == second.text == "where is my order"


def test_nearly_all_that_the_profile_knows_is_understood_over_the_telephone(moonshine, call, wishes):
    right = 0
    for voice in _VOICES:
        for text, wish in wishes.items():
            stream = moonshine.open(open_hints(_PROFILE))
            final = listen(stream, call(voice, text))[-1]
            stream.close()
            meaning = understand(final.text, _PROFILE) if final.understood else None
            right += meaning is not None and meaning.intent == wish

    assert right >= 0.85 * len(_VOICES) * len(wishes)  # "goodbye" is too short for all three


def test_without_a_grammar_any_words_are_written_down(moonshine, call):
    stream = moonshine.open(Hints())
    final = listen(stream, call("en-us+m8", "thank you very much for the nice tea"))[-1]
    stream.close()

    assert final.understood
    assert final.text.startswith("thank you very much")


def test_its_runtime_leaves_no_trace_and_sends_none(tmp_path):
    """onnxruntime uploads what it does, and marks the machine with an id, unless it was told not to."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    program = "from voiceagent.speech.moonshine import network; import onnxruntime; onnxruntime.SessionOptions()"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(home)}
    command = [sys.executable, "-c", program]

    subprocess.run(command, check=True, env={**environment, "TMPDIR": str(temporary)}, timeout=60)

    assert [*home.rglob("*"), *temporary.rglob("*")] == []
