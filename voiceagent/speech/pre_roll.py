"""The clock of a recogniser's stream, and the sound that belongs to the next utterance before anybody knows of it."""

from typing import Final

import numpy as np

from voiceagent.audio.frame import Pcm, ms_to_samples

_PRE_ROLL: Final = ms_to_samples(400)


class PreRoll:
    """Keeps the last 400 ms between utterances. `clock` counts all samples accepted, 16 kHz."""

    def __init__(self) -> None:
        self.clock = 0
        self._recent = np.zeros(0, np.int16)

    def keep(self, pcm: Pcm) -> None:
        """Sound outside of an utterance, (samples,)."""
        self._recent = np.concatenate([self._recent, pcm])[-_PRE_ROLL:]

    def take(self) -> tuple[int, Pcm]:
        """An utterance begins: where on the clock, in samples, and its first sound."""
        recent, self._recent = self._recent, np.zeros(0, np.int16)
        return self.clock - len(recent), recent
