"""A voice on espeak-ng: sentence by sentence, at 16 kHz, with the time of every word.

Each sentence is rendered whole (a few milliseconds), brought to 16 kHz, trimmed and given a pause of our own: espeak's
pauses are long and the same everywhere, which is a good part of what sounds robotic.
"""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from voiceagent.audio.frame import SAMPLE_RATE_HZ, from_float, ms_to_samples, samples_to_ms
from voiceagent.conversation.profile import VoiceChoice
from voiceagent.conversation.speech_plan import WordTiming
from voiceagent.speech.contract import SpeechChunk
from voiceagent.speech.espeak_library import Delivery, EspeakLibrary, Rendering, library
from voiceagent.speech.prompts import voice_name

_CHUNK: Final = ms_to_samples(320)  # four micro-turns
_PEAK: Final = 0.5  # -6 dBFS, room for the codec and for what is mixed in
_AUDIBLE: Final = 0.004  # -48 dBFS: below it a sentence's edge is silence
_FADE: Final = ms_to_samples(4)
_EDGE: Final = ms_to_samples(12)  # kept around the audible part, so that plosives keep their onset
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=\S)")
_PAUSE_MS: Final = {"?": 380, "!": 300, ".": 300}
_CALIBRATION: Final = "Your parcel is on the way, and it will arrive on Tuesday afternoon."
_PITCH_RANGE: Final = 62  # a little livelier than espeak's 50

Signal = npt.NDArray[np.float32]  # (samples,) in [-1, 1]


class EspeakVoice:
    """Implements `speech.contract.Voice`. Raises ConfigError when espeak-ng has no such voice."""

    def __init__(self, choice: VoiceChoice | None = None, espeak: EspeakLibrary | None = None) -> None:
        choice = choice or VoiceChoice()
        self.name = voice_name(choice)
        self._delivery = Delivery(
            voice=choice.name,
            words_per_minute=choice.words_per_minute,
            pitch=choice.pitch,
            pitch_range=_PITCH_RANGE,
        )
        self._library: EspeakLibrary = espeak or library()
        loudest = float(np.abs(_to_16k(self._library.render(_CALIBRATION, self._delivery))).max(initial=0.0))
        self._gain = _PEAK / max(loudest, 0.01)

    def speak(self, text: str) -> Iterator[SpeechChunk]:
        """Speak `text` at 16 kHz mono, a sentence at a time, in chunks of 320 ms."""
        spoken = 0  # samples before this sentence
        for sentence in sentences(text):
            signal, words = self._sentence(sentence)
            if not len(signal):
                continue
            yield from _chunks(signal, words, spoken)
            spoken += len(signal)

    def _sentence(self, sentence: str) -> tuple[Signal, list[WordTiming]]:
        rendering = self._library.render(sentence, self._delivery)
        signal = _to_16k(rendering) * np.float32(self._gain)
        loudest = float(np.abs(signal).max(initial=0.0))
        if loudest > _PEAK:
            signal *= np.float32(_PEAK / loudest)
        audible = np.flatnonzero(np.abs(signal) > _AUDIBLE)
        if not len(audible):
            return np.zeros(0, np.float32), []
        first = max(0, int(audible[0]) - _EDGE)
        last = min(len(signal), int(audible[-1]) + _EDGE)
        words = _word_times(sentence, rendering, first, last)
        pause = np.zeros(ms_to_samples(_PAUSE_MS.get(sentence[-1], 120)), np.float32)
        return np.concatenate([_faded(signal[first:last]), pause]), words


def sentences(text: str) -> list[str]:
    """The sentences of `text`, each with its closing mark; blank ones are dropped."""
    return [piece.strip() for piece in _SENTENCE_END.split(text) if piece.strip()]


def _to_16k(rendering: Rendering) -> Signal:
    signal = rendering.pcm.astype(np.float32) / np.float32(32768.0)
    if not len(signal):
        return signal
    resampled: Signal = soxr.resample(signal, rendering.rate_hz, SAMPLE_RATE_HZ, quality="HQ")
    return resampled


def _faded(signal: Signal) -> Signal:
    """Raised-cosine ends: no click where speech meets digital silence."""
    length = min(_FADE, len(signal) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, length, endpoint=False))).astype(np.float32)
    faded = signal.copy()
    faded[:length] *= ramp
    faded[len(faded) - length :] *= ramp[::-1]
    return faded


def _word_times(sentence: str, rendering: Rendering, first: int, last: int) -> list[WordTiming]:
    """Times of the space-separated words, on the trimmed signal's clock.

    espeak marks its own words ("12:30" is two, "It's" is one without its tail): a word of ours starts with the first
    mark inside it, and one without a mark ("is" in a run spoken as one) shares the time of its neighbour.
    """
    marks = sorted(rendering.marks, key=lambda mark: mark.character)
    starts: list[tuple[str, int]] = []
    position = first
    for match in re.finditer(r"\S+", sentence):
        inside = [mark.sample for mark in marks if match.start() <= mark.character < match.end()]
        if inside:
            position = inside[0] * SAMPLE_RATE_HZ // rendering.rate_hz
        if re.search(r"\w", match.group()):
            starts.append((match.group(), min(max(position, first), last)))
    ends = [start for _, start in starts[1:]] + [last]
    return [
        WordTiming(text=word, start_ms=samples_to_ms(start - first), end_ms=samples_to_ms(max(end, start) - first))
        for (word, start), end in zip(starts, ends, strict=True)
    ]


def _chunks(signal: Signal, words: list[WordTiming], offset: int) -> Iterator[SpeechChunk]:
    """Cut into chunks; a word belongs to the chunk in which it starts. Times become the utterance's."""
    offset_ms = samples_to_ms(offset)
    for begin in range(0, len(signal), _CHUNK):
        end = begin + _CHUNK
        here = tuple(
            WordTiming(text=word.text, start_ms=word.start_ms + offset_ms, end_ms=word.end_ms + offset_ms)
            for word in words
            if begin <= ms_to_samples(word.start_ms) < end
        )
        yield SpeechChunk(pcm=from_float(signal[begin:end]), words=here)
