"""One made dialogue on paper: three tracks of sound and what is true about them, all in samples at 16 kHz."""

from dataclasses import dataclass, field

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.interaction.training.said import Said
from voiceagent.interaction.training.signals import Signal

Span = tuple[int, int]  # from, to (samples)


def samples(seconds: float) -> int:
    return int(seconds * SAMPLE_RATE_HZ)


@dataclass(slots=True, kw_only=True)
class Timeline:
    """Mutable while a dialogue is being written; positions beyond the end are cut off."""

    length: int
    caller: Signal = field(init=False)  # the caller's own voice
    around: Signal = field(init=False)  # side talk and noises near the caller
    agent: Signal = field(init=False)  # as really played
    caller_speech: list[Span] = field(default_factory=list)
    caller_said: list[Said] = field(default_factory=list)  # one entry for each span of caller_speech
    agent_speech: list[Span] = field(default_factory=list)
    more_to_say: list[Span] = field(default_factory=list)
    word_starts: list[int] = field(default_factory=list)
    takes: list[Span] = field(default_factory=list)  # wishes
    yields: list[Span] = field(default_factory=list)
    backchannels: list[Span] = field(default_factory=list)
    unlearnt: list[Span] = field(default_factory=list)  # left out of the floor loss
    hard: list[Span] = field(default_factory=list)  # something here is easily taken for something else

    def __post_init__(self) -> None:
        self.caller, self.around, self.agent = (np.zeros(self.length, np.float32) for _ in range(3))

    def mix(self, track: Signal, sound: Signal, at: int) -> int:
        """Add `sound` to a track; the position after it, whether or not that still lies inside."""
        end = at + len(sound)
        if at < self.length:
            track[at : min(end, self.length)] += sound[: max(0, self.length - at)]
        return end

    def caller_says(self, said: Said, at: int) -> int:
        """Where it ends."""
        end = self.mix(self.caller, said.sound, at)
        self.caller_speech.append((at, end))
        self.caller_said.append(said)
        return end

    def agent_says(self, sound: Signal, words: list[int], at: int) -> int:
        end = self.mix(self.agent, sound, at)
        self.agent_speech.append((at, end))
        self.more_to_say.append((at, end))
        self.word_starts += [at + word for word in words]
        return end

    def cut_agent(self, at: int) -> None:
        """The agent falls silent at `at`, in the middle of its latest utterance."""
        fade = min(160, max(0, self.length - at))
        if fade > 0:
            self.agent[at : at + fade] *= np.linspace(1, 0, fade, dtype=np.float32)
        self.agent[at + fade :] = 0.0
        self.word_starts = [word for word in self.word_starts if word < at]
        for spans in (self.agent_speech, self.more_to_say):
            spans[-1] = (spans[-1][0], at)
