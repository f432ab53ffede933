import numpy as np
import pytest

from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.interaction.backends.moshi_floor import YIELD_TURNS, CallerLevel, FloorReader


def _read(reader: FloorReader, wordiness: float, *, speaking: bool) -> FloorProbabilities:
    return reader.read(wordiness, speaking=speaking, caller_active=0.0)


def test_leaning_to_a_word_while_silent_is_the_wish_to_speak():
    floor = _read(FloorReader(), 0.8, speaking=False)

    assert (floor.speak, floor.listen) == pytest.approx((0.8, 0.2))
    assert floor.yield_ == floor.backchannel == 0.0


def test_padding_between_two_words_is_no_wish_to_yield():
    reader = FloorReader()
    for wordiness in [0.9, *[0.02] * (YIELD_TURNS - 1), 0.9]:
        floor = _read(reader, wordiness, speaking=True)

        assert floor.yield_ < 0.2
        assert floor.speak == 0.0


def test_half_a_second_of_leaning_to_silence_is():
    reader = FloorReader()
    for _ in range(YIELD_TURNS - 1):
        assert _read(reader, 0.05, speaking=True).yield_ == 0.0

    floor = _read(reader, 0.05, speaking=True)
    assert floor.yield_ == pytest.approx(0.95)
    assert floor.listen + floor.yield_ == pytest.approx(1.0)


def test_silence_from_before_the_agent_spoke_does_not_count():
    reader = FloorReader()
    for _ in range(2 * YIELD_TURNS):
        _read(reader, 0.0, speaking=False)

    assert _read(reader, 0.0, speaking=True).yield_ == 0.0


def _noise(dbfs: float, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).normal(0, 10 ** (dbfs / 20) * 32768, 1280)).astype(np.int16)


def test_a_caller_is_heard_above_the_noise_of_the_line():
    level = CallerLevel()
    for seed in range(50):
        quiet = level.push(_noise(-40, seed))
    speech = level.push(_noise(-20, 99))

    assert quiet < 0.2
    assert speech > 0.9
    assert level.push(np.zeros(1280, np.int16)) < 0.01


def test_speech_stays_speech_for_the_length_of_a_turn():
    level = CallerLevel()
    level.push(_noise(-60, 0))

    assert all(level.push(_noise(-20, seed)) > 0.9 for seed in range(125))  # 10 s
