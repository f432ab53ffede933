"""What Moshi's next word says about the floor.

Moshi has no output for the floor: it speaks, or it does not. Every 80 ms it weighs its next text token: a word, the
announcement of one (EPAD) or padding (PAD). How much it leans to a word is how much it wants to speak. What it cannot
tell stays zero: a backchannel of its own looks like any other word.
"""

from collections import deque
from typing import Final

import numpy as np

from voiceagent.audio.frame import FRAME_SAMPLES, Pcm
from voiceagent.audio.level import levels_dbfs
from voiceagent.conversation.floor_signals import FloorProbabilities

# Padding also fills the gaps between two words, so one micro-turn of it is no wish to be silent. Half a second of it is
# longer than the gaps inside fluent speech. A judgement, not a measurement: it wants checking with real weights.
YIELD_TURNS: Final = 6

_QUIETEST_SPEECH_DBFS: Final = -50.0  # below it nobody speaks on a telephone
_ABOVE_NOISE_DB: Final = 12.0
_NOISE_RISE_DB: Final = 0.1  # a micro-turn: the noise floor follows down at once and up by 1.25 dB a second
_NOISE_AT_FIRST_DBFS: Final = (
    -70.0,
    -35.0,
)  # what the first micro-turn, in which nobody speaks yet, may make us believe


class FloorReader:
    """One call's reading: remembers for how long the model has leant to silence while the agent spoke."""

    def __init__(self) -> None:
        self._silences: deque[float] = deque([0.0] * YIELD_TURNS, maxlen=YIELD_TURNS)

    def read(self, wordiness: float, *, speaking: bool, caller_active: float) -> FloorProbabilities:
        """`wordiness`: the probability that the next text token is not padding. `speaking`: the agent is heard."""
        if not speaking:
            self._silences.extend([0.0] * YIELD_TURNS)
            return FloorProbabilities(
                listen=1.0 - wordiness, speak=wordiness, backchannel=0.0, yield_=0.0, caller_active=caller_active
            )
        self._silences.append(1.0 - wordiness)
        wish = min(self._silences)
        return FloorProbabilities(
            listen=1.0 - wish, speak=0.0, backchannel=0.0, yield_=wish, caller_active=caller_active
        )


class CallerLevel:
    """Whether the caller is making sound, by level over noise, since Moshi does not say.

    It becomes `caller_active`, which cuts the recogniser's segments and has no say about the floor.
    """

    def __init__(self) -> None:
        self._noise_dbfs: float | None = None

    def push(self, pcm: Pcm) -> float:
        """Probability that this micro-turn of 16 kHz audio (samples,) holds speech."""
        loudest = float(np.max(levels_dbfs(pcm, FRAME_SAMPLES)))
        if self._noise_dbfs is None:
            self._noise_dbfs = float(np.clip(loudest, *_NOISE_AT_FIRST_DBFS))
        noise_dbfs = self._noise_dbfs = max(min(loudest, self._noise_dbfs + _NOISE_RISE_DB), _NOISE_AT_FIRST_DBFS[0])
        over_db = loudest - max(noise_dbfs + _ABOVE_NOISE_DB, _QUIETEST_SPEECH_DBFS)
        return float(1.0 / (1.0 + np.exp(-over_db / 2.0)))
