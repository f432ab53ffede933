"""What streams through Moshi row by row is what the whole sequence would say at once."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from moshi.models import LMModel, MimiModel

from voiceagent.interaction.backends.moshi_streams import Brain, Ears, Given, Mouth

pytestmark = pytest.mark.usefixtures("as_the_model_runs_it")
_TURNS = 10
_ROWS = 3


def _codes(seed: int) -> torch.Tensor:
    """(rows, codebooks, turns)"""
    return torch.randint(0, 16, (_ROWS, 2, _TURNS), generator=torch.Generator().manual_seed(seed))


def test_a_judge_of_the_floor_says_in_a_stream_what_it_says_of_the_whole_talk(make_lm: Callable[..., LMModel]):
    """What a codebook says a frame late is given a frame late; the caller is heard in the frame that comes in."""
    lm = make_lm()
    caller, agent, text = _codes(1), _codes(2), torch.randint(4, 30, (_ROWS, _TURNS))
    brain = Brain(lm, _ROWS, speaks=False, sampling={})
    everybody = torch.ones(_ROWS, dtype=torch.bool)
    streamed = torch.stack(
        [
            brain.think(
                caller[..., t : t + 1], Given(rows=everybody, text=text[:, t], codes=agent[..., t : t + 1]), everybody
            ).wordiness
            for t in range(_TURNS)
        ],
        dim=1,
    )

    # The model's sequence begins with a sign of its own, in place of what is heard in the very first micro-turn.
    codes = torch.cat([text[:, None, :-1], agent[..., :-1], caller[..., 1:]], dim=1)
    whole = 1.0 - make_lm()(codes).text_logits[:, 0].softmax(-1)[..., lm.text_padding_token_id]
    assert torch.allclose(streamed[:, :-1], whole, atol=1e-5)
    assert streamed.std() > 0.005  # and it is no constant


def test_ears_hear_in_micro_turns_what_the_codec_hears_in_one_piece(make_mimi: Callable[[], MimiModel]):
    sound = torch.from_numpy(np.random.default_rng(1).normal(0, 0.1, (2 * _ROWS, 3 * 1920)).astype(np.float32))
    ears, everybody = Ears(make_mimi(), _ROWS), torch.ones(_ROWS, dtype=torch.bool)
    heard = [torch.cat(ears.listen(part, everybody)) for part in sound.split(1920, dim=1)]

    # A few codes may fall the other way where two codebook entries are equally near.
    assert (torch.cat(heard, dim=-1) == make_mimi().encode(sound[:, None])).float().mean() > 0.95
    assert all(len(part.unique()) > 4 for part in heard)  # and each row hears something else


def test_the_mouth_says_in_micro_turns_what_the_codec_says_in_one_piece(make_mimi: Callable[[], MimiModel]):
    codes, everybody = _codes(3)[..., :4], torch.ones(_ROWS, dtype=torch.bool)
    mouth = Mouth(make_mimi(), _ROWS)
    said = torch.cat([mouth.speak(codes[..., t], everybody) for t in range(4)], dim=1)

    assert torch.allclose(said, make_mimi().decode(codes)[:, 0], atol=1e-5)


def test_a_speaker_that_is_told_everything_judges_like_one_that_cannot_speak(make_lm: Callable[..., LMModel]):
    brains = [Brain(make_lm(), _ROWS, speaks=speaks, sampling={"use_sampling": False}) for speaks in (True, False)]
    caller, agent, everybody = _codes(4), _codes(5), torch.ones(_ROWS, dtype=torch.bool)
    for t in range(_TURNS):
        given = Given(rows=everybody, text=torch.full((_ROWS,), 7 + t), codes=agent[..., t : t + 1])
        speaker, judge = (brain.think(caller[..., t : t + 1], given, everybody) for brain in brains)

        assert torch.equal(speaker.wordiness, judge.wordiness)
        assert torch.equal(speaker.codes, judge.codes)
