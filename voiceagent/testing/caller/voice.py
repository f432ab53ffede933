"""The caller's lines as audio, made before the call so that the call itself costs nothing.

A script names either a recorded set of lines (`lines/<set>/<slug of the text>.wav`) or an espeak-ng voice.
"""

import re
import wave
from importlib.resources import as_file, files
from typing import Final

import numpy as np
import soxr

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_bytes
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.core.errors import ConfigError
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.testing.caller.script import Script

_SPOKEN_AS: Final = {"Mm-hm.": "um hum."}  # espeak spells out words without a vowel: "em em aitch em"


def render_lines(script: Script) -> dict[str, Pcm]:
    """Text -> 16 kHz PCM (samples,). Raises ConfigError when there is no such voice or recorded line."""
    choice = script.voice
    if choice.recorded:
        return {text: _recorded(choice.recorded, text) for text in script.texts}
    voice = EspeakVoice(VoiceChoice(name=choice.name, words_per_minute=choice.words_per_minute, pitch=choice.pitch))
    return {text: _said(voice, _SPOKEN_AS.get(text, text)) for text in script.texts}


def slug(text: str) -> str:
    """The file name of a line: "Mm-hm." is mm-hm."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _recorded(lines: str, text: str) -> Pcm:
    source = files("voiceagent.testing.caller") / "lines" / lines / f"{slug(text)}.wav"
    try:
        with as_file(source) as path, wave.open(str(path), "rb") as file:
            pcm, rate_hz = from_bytes(file.readframes(file.getnframes())), file.getframerate()
    except FileNotFoundError as missing:
        raise ConfigError(
            f"the recorded lines {lines!r} have no {slug(text)}.wav for {text!r}; record it or name an espeak-ng voice"
        ) from missing
    resampled: Pcm = soxr.resample(pcm, rate_hz, SAMPLE_RATE_HZ)
    return resampled


def _said(voice: EspeakVoice, text: str) -> Pcm:
    return np.concatenate([chunk.pcm for chunk in voice.speak(text)])
