"""The caller's lines as audio, rendered before the call so that the call itself costs nothing."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from voiceagent.audio.frame import Pcm
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.testing.caller.script import CallerVoice, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """What espeak is given for a line, and how much faster than the voice's own pace."""

    text: str
    pace: float = 1.0


_SPOKEN: Final = {
    # espeak spells out words without a vowel ("em em aitch em"); people say this one in under half a second
    "Mm-hm.": _Spoken(text="um hum.", pace=1.4),
}


def render_lines(script: Script) -> dict[str, Pcm]:
    """Text -> 16 kHz PCM (samples,). Raises ConfigError when espeak-ng has no such voice."""
    return {text: _render(script.voice, _SPOKEN.get(text, _Spoken(text=text))) for text in script.texts}


def _render(choice: CallerVoice, spoken: _Spoken) -> Pcm:
    words_per_minute = round(choice.words_per_minute * spoken.pace)
    voice = EspeakVoice(VoiceChoice(name=choice.name, words_per_minute=words_per_minute, pitch=choice.pitch))
    return np.concatenate([chunk.pcm for chunk in voice.speak(spoken.text)])
