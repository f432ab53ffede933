"""Presets that speak, write, read and see, behind the engine's contract."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from voiceagent.audio.frame import Pcm
from voiceagent.core.errors import BadInput
from voiceagent.interaction.backends.native import NativeModel
from voiceagent.interaction.backends.text_and_video import TextStreams
from voiceagent.interaction.contract import ContextText, MicroTurnIn, MicroTurnOut, SessionContext
from voiceagent.interaction.model.network import DuplexNetwork
from voiceagent.interaction.model.token_stream import TokenEmbedding, decoded_text, encoded_text
from voiceagent.interaction.model.vocoder import Vocoder
from voiceagent.interaction.presets import TokenRole, preset

MakeNetwork = Callable[[str], DuplexNetwork]
_QUIET = np.zeros(1280, np.int16)


def _turn(seed: int = 1, **fields: object) -> MicroTurnIn:
    noise = np.random.default_rng(seed).integers(-5000, 5000, 1280).astype(np.int16)
    return MicroTurnIn(caller_pcm=noise, agent_pcm=_QUIET, **fields)


def test_a_vocoder_says_the_same_in_micro_turns_as_in_one_go() -> None:
    torch.manual_seed(1)
    vocoder = Vocoder(preset("toy-speech"))
    levels = torch.randint(0, 16, (2, 12, 80), dtype=torch.uint8)
    with torch.inference_mode():
        whole, _ = vocoder(levels, vocoder.start(2))
        held, pieces = vocoder.start(2), []
        for at in range(0, 12, 4):
            piece, held = vocoder(levels[:, at : at + 4], held)
            pieces.append(piece)

    assert whole.shape == (2, 12 * 320)
    # random levels are as loud as 30; rounding by the length of a product is far below that
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, atol=1e-3, rtol=1e-4)


def test_a_vocoder_needs_no_later_level() -> None:
    vocoder = Vocoder(preset("toy-speech"))
    levels = torch.randint(0, 16, (1, 12, 80), dtype=torch.uint8)
    changed = levels.clone()
    changed[:, 7:] = 0
    with torch.inference_mode():
        before, _ = vocoder(levels, vocoder.start(1))
        after, _ = vocoder(changed, vocoder.start(1))

    assert torch.equal(before[:, : 7 * 320], after[:, : 7 * 320])
    assert not torch.equal(before, after)


def _pcm(out: MicroTurnOut) -> Pcm:
    assert out.own_speech is not None
    assert out.own_speech.pcm is not None
    return out.own_speech.pcm


def test_a_preset_that_speaks_gives_a_micro_turn_of_audio_and_forgets_it_with_the_call(network_of: MakeNetwork) -> None:
    model, fresh = (NativeModel(network_of("toy-speech"), slots=2) for _ in range(2))
    slot, new = model.open(SessionContext()), fresh.open(SessionContext())
    said = [_pcm(model.step({slot: _turn(seed)})[slot]) for seed in range(3)]
    model.close(slot)
    again = model.open(SessionContext())
    after, expected = _pcm(model.step({again: _turn(9)})[again]), _pcm(fresh.step({new: _turn(9)})[new])

    assert all(pcm.shape == (1280,) and pcm.dtype == np.int16 for pcm in said)
    np.testing.assert_array_equal(after, expected)


def test_a_preset_that_writes_reads_what_it_is_told(network_of: MakeNetwork) -> None:
    told, untold = (NativeModel(network_of("toy-text"), slots=1) for _ in range(2))
    slots = told.open(SessionContext()), untold.open(SessionContext())
    context = (ContextText(role=TokenRole.RESULT, text="ready on Tuesday"),)
    first = told.step({slots[0]: _turn(context=context)})[slots[0]]
    second = untold.step({slots[1]: _turn()})[slots[1]]

    assert first.own_speech is not None
    assert first.own_speech.pcm is None  # it writes and does not speak
    assert first.floor != second.floor


def test_a_frame_of_the_wrong_size_names_the_slot(network_of: MakeNetwork) -> None:
    model = NativeModel(network_of("toy-video"), slots=1)
    slot = model.open(SessionContext())
    blind = model.step({slot: _turn()})[slot].floor
    seeing = model.step({slot: _turn(video=np.full((40, 40, 3), 200, np.uint8))})[slot].floor

    assert blind != seeing
    with pytest.raises(BadInput, match=r"slot 0: a frame is uint8 \(40, 40, 3\)"):
        model.step({slot: _turn(video=np.zeros((20, 20, 3), np.uint8))})


def test_words_come_on_their_own_micro_turn_and_context_in_the_places_that_are_left() -> None:
    texts = TextStreams(preset("toy-text"), slots=1)  # six places
    context = (ContextText(role=TokenRole.RESULT, text="pick up"),)
    taken = [
        texts.take([(0, turn)], padding=1)
        for turn in (_turn(agent_words=("yes",), context=context), _turn(agent_words=("I",)), _turn())
    ]

    assert [decoded_text(tokens[0, 0].tolist()) for tokens, _ in taken] == [b"yes pi", b"I ck u", b"p\n"]
    assert taken[0][1][0, 0].tolist() == [TokenRole.AGENT_WORDS] * 4 + [TokenRole.RESULT] * 2
    assert not taken[0][0][1].any()


def test_more_text_than_can_wait_is_refused() -> None:
    texts = TextStreams(preset("toy-text"), slots=1)
    flood = _turn(context=(ContextText(role=TokenRole.SUMMARY, text="x" * 9000),))

    with pytest.raises(BadInput, match="slot 0: 8192 bytes of context may wait"):
        texts.check_room(0, flood)


def test_text_keeps_the_order_of_its_letters_and_is_told_from_other_text() -> None:
    torch.manual_seed(1)
    embedding = TokenEmbedding(preset("toy-text"))
    tokens = torch.tensor([encoded_text(word) for word in ("on", "no", "on")])[None]
    roles = torch.tensor([[0, 0], [0, 0], [1, 1]])[None]
    on, no, other_role = embedding(tokens, roles)[0]

    assert not torch.allclose(on, no, atol=1e-3)
    assert not torch.allclose(on, other_role, atol=1e-3)
    assert not embedding(torch.zeros_like(tokens), roles).any()  # no text, no trace
