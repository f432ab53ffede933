"""A language of four words for models that fit into a test: each word is a buzz in a band of its own.

It is voiced, as `speech.voicing` wants it, and inside of a telephone's band.
"""

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_float

BANDS_HZ = {"yes": (400, 700), "no": (900, 1300), "track": (1600, 2100), "order": (2500, 3200)}
_PITCH_HZ = 100
_WORD_S, _GAP_S, _REST_S = 0.4, 0.2, 0.5


def _word(text: str) -> np.ndarray:
    low, high = BANDS_HZ[text]
    time = np.arange(int(_WORD_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tones = [np.sin(2 * np.pi * pitch * time + pitch) for pitch in range(low, high + 1, _PITCH_HZ)]
    return 0.5 * np.sum(tones, axis=0) / len(tones)


def say(text: str) -> Pcm:
    """The words with a gap between them and half a second of faint noise around, 16 kHz (samples,)."""
    rest, gap = np.zeros(int(_REST_S * SAMPLE_RATE_HZ)), np.zeros(int(_GAP_S * SAMPLE_RATE_HZ))
    pieces = [rest]
    for word in text.split():
        pieces += [_word(word), gap]
    signal = np.concatenate([*pieces, rest])
    return from_float(signal + np.random.default_rng(1).normal(0.0, 2e-4, len(signal)))
