"""A voice that hums: 200 ms per word, exact word times, no engine."""

from collections.abc import Iterator
from itertools import count
from typing import Final

from voiceagent.audio.tone import make_tone
from voiceagent.audio.words import WordTiming
from voiceagent.speech.contract import SpeechChunk

WORD_MS: Final = 200


class ToneVoice:
    """Implements `speech.contract.Voice`: one chunk per word, each a tone without a pause."""

    def __init__(self, frequency_hz: float = 440.0) -> None:
        self.name = f"tone/{frequency_hz:g}"
        self._sound = make_tone(frequency_hz, WORD_MS / 1000)

    def speak(self, text: str) -> Iterator[SpeechChunk]:
        for word, start_ms in zip(text.split(), count(0, WORD_MS), strict=False):
            timing = WordTiming(text=word, start_ms=start_ms, end_ms=start_ms + WORD_MS)
            yield SpeechChunk(pcm=self._sound, words=(timing,))


def rendered(text: str, word_ms: int = WORD_MS) -> SpeechChunk:
    """A whole text as a tone: what a prompt rendered ahead of a call is to a session."""
    words = tuple(
        WordTiming(text=word, start_ms=index * word_ms, end_ms=(index + 1) * word_ms)
        for index, word in enumerate(text.split())
    )
    return SpeechChunk(pcm=make_tone(440.0, len(words) * word_ms / 1000), words=words)
