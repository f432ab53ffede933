"""The caller's lines as audio, made before the call so that the call itself costs nothing.

A script names either a recorded set of lines (`lines/<set>/<slug of the text>.wav`) or an espeak-ng voice.
"""

import re
import wave
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Final

import numpy as np
import soxr

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_bytes
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.core.errors import ConfigError
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.testing.caller.fresh_espeak import fresh_espeak
from voiceagent.testing.caller.script import CallerVoice, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """What espeak is given for a line, and how much faster than the voice's own pace."""

    text: str
    pace: float = 1.0


_SPOKEN: Final = {
    # espeak spells out words without a vowel ("em em aitch em"); people say this one in under half a second
    "mm-hm": _Spoken(text="um hum.", pace=1.4),
    "mhm": _Spoken(text="um hum.", pace=1.4),
}


def render_lines(script: Script) -> dict[str, Pcm]:
    """Text -> 16 kHz PCM (samples,). Raises ConfigError when there is no such voice or recorded line."""
    if script.voice.recorded:
        return {text: _recorded(script.voice.recorded, text) for text in script.texts}
    return {text: spoken_line(text, script.voice) for text in script.texts}


def spoken_line(text: str, voice: CallerVoice) -> Pcm:
    """A line in the espeak-ng voice that the choice names: (samples,) at 16 kHz. Raises ConfigError."""
    return _render(voice, _SPOKEN.get(slug(text), _Spoken(text=text)))


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


def _render(choice: CallerVoice, spoken: _Spoken) -> Pcm:
    words_per_minute = round(choice.words_per_minute * spoken.pace)
    delivery = VoiceChoice(name=choice.name, words_per_minute=words_per_minute, pitch=choice.pitch)
    with fresh_espeak() as espeak:
        return np.concatenate([chunk.pcm for chunk in EspeakVoice(delivery, espeak).speak(spoken.text)])
