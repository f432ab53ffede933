"""A made dialogue from a seed: written, mixed, sent through a line, turned into levels and targets."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from voiceagent.interaction.model.dmel import Levels, dmel_of, offline_dmel
from voiceagent.interaction.model.pitch import pitch_of
from voiceagent.interaction.model.spectrum import offline_magnitudes
from voiceagent.interaction.presets import ModelConfig
from voiceagent.interaction.training.channel import decibel, draw_channel, transmit
from voiceagent.interaction.training.clip_bank import ClipBank
from voiceagent.interaction.training.dialogue import write_dialogue
from voiceagent.interaction.training.labels import Targets, targets_of
from voiceagent.interaction.training.signals import Signal
from voiceagent.interaction.training.timeline import Timeline

TURNS = 256  # micro-turns in an example: 20.48 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """caller and agent levels (T * frames, 80), the caller's pitch (T * frames, 40), and the targets of the same T
    micro-turns."""

    caller: Levels
    pitch: Levels
    agent: Levels
    targets: Targets


def heard_from(rng: Generator, line: Timeline) -> Signal:
    """The caller's line as it arrives."""
    channel = draw_channel(rng)
    voiced = line.caller[np.abs(line.caller) > 0.002]
    level = float(np.sqrt((voiced**2).mean())) if len(voiced) else 0.1
    gain = decibel(channel.speech_dbfs) / np.float32(max(level, 1e-3))
    return transmit(rng, (line.caller + line.around) * gain, line.agent, channel)


def make_example(seed: tuple[int, ...], bank: ClipBank, config: ModelConfig) -> Example:
    """The example of that seed; always the same."""
    rng = np.random.default_rng(seed)
    line = write_dialogue(rng, bank, TURNS * config.turn_samples)
    heard = offline_magnitudes(heard_from(rng, line), config)
    return Example(
        caller=dmel_of(heard, config),
        pitch=pitch_of(heard, config),
        agent=offline_dmel(line.agent, config),
        targets=targets_of(line, config),
    )
