"""Callers made by espeak-ng, heard over a telephone line."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from voiceagent.audio.frame import Pcm
from voiceagent.audio.phone_band import through_phone
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.speech.moonshine.recogniser import MoonshineRecogniser
from voiceagent.speech.pocketsphinx import PocketsphinxRecogniser
from voiceagent.testing.caller.script import CallerVoice
from voiceagent.testing.caller.voice import spoken_line

Call = Callable[[str, str], Pcm]


@cache
def _said(voice: str, text: str) -> Pcm:
    return spoken_line(text, CallerVoice(name=voice, words_per_minute=160, pitch=50))


@pytest.fixture(scope="session")
def call() -> Call:
    """A text in a caller's voice with half a second of line noise around it, as it arrives over the line."""

    def said(voice: str, text: str) -> Pcm:
        rest = np.zeros(8_000, np.int16)
        pcm = np.concatenate([rest, _said(voice, text), rest])
        noise = np.random.default_rng(1).normal(0.0, 8.0, len(pcm))
        return through_phone((pcm + noise).astype(np.int16))

    return said


@pytest.fixture(scope="session")
def recogniser() -> PocketsphinxRecogniser:
    return PocketsphinxRecogniser()


@pytest.fixture(scope="session")
def moonshine() -> MoonshineRecogniser:
    """The real model; `make setup` gets its files."""
    return MoonshineRecogniser.load(RecogniserChoice(name="moonshine"))


@pytest.fixture(scope="session")
def wishes() -> dict[str, str]:
    """What callers of the shipped profile say, and the intent behind it."""
    return {
        "where is my order": "order_status",
        "where's my parcel": "order_status",
        "when will my order arrive": "order_status",
        "what are your opening hours": "opening_hours",
        "are you a robot": "what_are_you",
        "talk to a person": "talk_to_person",
        "that's all thank you": "goodbye",
        "goodbye": "goodbye",
    }
