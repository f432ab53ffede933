"""The caller's lines as audio, rendered before the call so that the call itself costs nothing."""

from typing import Final

import numpy as np

from voiceagent.audio.frame import Pcm
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.speech.espeak import EspeakVoice
from voiceagent.testing.caller.script import Script

_SPOKEN_AS: Final = {"Mm-hm.": "um hum."}  # espeak spells out words without a vowel: "em em aitch em"


def render_lines(script: Script) -> dict[str, Pcm]:
    """Text -> 16 kHz PCM (samples,). Raises ConfigError when espeak-ng has no such voice."""
    choice = script.voice
    voice = EspeakVoice(VoiceChoice(name=choice.name, words_per_minute=choice.words_per_minute, pitch=choice.pitch))
    return {text: _said(voice, _SPOKEN_AS.get(text, text)) for text in script.texts}


def _said(voice: EspeakVoice, text: str) -> Pcm:
    return np.concatenate([chunk.pcm for chunk in voice.speak(text)])
