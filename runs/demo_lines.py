"""Speaks the demo caller's lines with `af_sky` of Kokoro-82M (Apache-2.0), 8 kHz mono.

    .venv/bin/python runs/demo_lines.py

A voice that the duplex model never heard in training. Needs runs/install-train-deps.sh.
"""

import wave
from pathlib import Path

import numpy as np
import soxr

from voiceagent.audio.frame import SAMPLE_RATE_HZ, from_float, to_bytes
from voiceagent.interaction.training.voices import CastVoice, say
from voiceagent.testing.caller.voice import slug

_LINES = Path(__file__).parents[1] / "voiceagent/testing/caller/lines/sky"
_TEXTS = (
    "Yes, you may.",
    "Where is my order four zero two one?",
    "Mm-hm.",
    "And order three three zero eight?",
    "How do I return a parcel?",
    "No wait, please deliver order three three zero eight on Saturday.",
    "Yes, please.",
    "What about order four zero two one?",
    "Okay, goodbye.",
)
_RATE_HZ = 8_000
_PEAK = 0.5


def main() -> None:
    _LINES.mkdir(parents=True, exist_ok=True)
    for text in _TEXTS:
        sound, _ = say(CastVoice(engine="kokoro", name="af_sky"), text)
        audible = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
        cut = sound[audible[0] : audible[-1] + 1]
        phone = soxr.resample(cut * (_PEAK / np.abs(cut).max()), SAMPLE_RATE_HZ, _RATE_HZ)
        with wave.open(str(_LINES / f"{slug(text)}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(_RATE_HZ)
            file.writeframes(to_bytes(from_float(phone.astype(np.float32))))


if __name__ == "__main__":
    main()
