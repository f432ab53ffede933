"""Moshi's three networks for all calls at once: ears and mouth (the Mimi codec) and brain (the language model).

Each is one object of the `moshi` package in streaming mode with a row per slot. Before every step an execution mask
says which rows move; the others keep their state to the bit. A row is reset when its slot is opened or closed. All rows
are computed every time: every matrix has one size, so a call's numbers do not depend on who shares its batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from moshi.models import LMGen, LMModel, MimiModel
from torch import Tensor


class Ears:
    """Sound to codes, both sides of every call: rows 0..slots-1 are callers, the next `slots` rows agents as played."""

    def __init__(self, mimi: MimiModel, slots: int) -> None:
        self._mimi, self._slots = mimi, slots
        self._mimi.streaming_forever(2 * slots)

    @property
    def tick_samples(self) -> int:
        """Samples of one micro-turn at the codec's rate."""
        return int(self._mimi.frame_size)

    def listen(self, sound: Tensor, moving: Tensor) -> tuple[Tensor, Tensor]:
        """(2 * slots, samples) sound, (slots,) mask to codes of callers and of agents, (slots, codebooks, 1) each."""
        self._mimi.set_exec_mask(moving.repeat(2))
        codes = self._mimi.encode(sound[:, None])
        return codes[: self._slots], codes[self._slots :]

    def forget(self, rows: Tensor) -> None:
        """Reset the rows of a (slots,) mask."""
        self._mimi.reset_streaming(rows.repeat(2))


class Mouth:
    """Codes to sound, a row per slot."""

    def __init__(self, mimi: MimiModel, slots: int) -> None:
        self._mimi = mimi
        self._mimi.streaming_forever(slots)

    def speak(self, codes: Tensor, moving: Tensor) -> Tensor:
        """(slots, codebooks) codes, (slots,) mask to (slots, samples) sound; rows that do not move are noise."""
        self._mimi.set_exec_mask(moving)
        sound: Tensor = self._mimi.decode(codes.clamp(min=0)[..., None])[:, 0]
        return sound

    def forget(self, rows: Tensor) -> None:
        """Reset the rows of a (slots,) mask."""
        self._mimi.reset_streaming(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The agent's side as it was really heard. Rows outside `rows` are left to the model.

    rows: (slots,) booleans; text: (slots,) tokens; codes: (slots, codebooks, 1).
    """

    rows: Tensor
    text: Tensor
    codes: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """wordiness: (slots,) probability that the next text token is no padding.

    text (slots,) and codes (slots, codebooks): what the model said by itself `delay` micro-turns ago; negative where it
    has not said anything yet.
    """

    wordiness: Tensor
    text: Tensor
    codes: Tensor


class Brain:
    """The language model: hears codes of both sides, weighs its next word. With `speaks` it makes codes of its own."""

    def __init__(self, lm: LMModel, slots: int, *, speaks: bool, sampling: Mapping[str, Any]) -> None:
        self._speaks = speaks
        self._padding = lm.text_padding_token_id
        self._codebooks = lm.dep_q
        # Within one position, a codebook with delay 1 belongs to the frame before: so is what we give.
        delays = torch.tensor(lm.delays[1 : 1 + lm.dep_q], device=lm.device)
        self.delay = max(lm.delays)
        self._which = delays.view(1, -1, 1).expand(slots, -1, 1)
        self._played = torch.zeros(slots, lm.dep_q, self.delay + 1, dtype=torch.long, device=lm.device)  # newest first
        self._given = Given(
            rows=torch.zeros(slots, dtype=torch.bool, device=lm.device),
            text=torch.full((slots,), self._padding, device=lm.device),
            codes=self._played[..., 0],
        )
        self._wordiness = torch.zeros(slots, device=lm.device)
        self._gen = LMGen(
            lm,
            support_out_of_sync=True,
            on_text_logits_hook=self._weigh,
            on_text_hook=self._put_words,
            on_audio_hook=self._put_codes,
            **{"use_sampling": speaks, **sampling},
        )
        self._gen.streaming_forever(slots)

    def think(self, caller: Tensor, given: Given, moving: Tensor) -> Thought:
        """Move the rows of the (slots,) mask by one frame. caller: (slots, codebooks, 1) codes."""
        newest = given.codes[:, : self._codebooks]
        self._played = torch.where(
            moving[:, None, None], torch.cat([newest, self._played[..., :-1]], dim=-1), self._played
        )
        due = self._played.gather(2, self._which)
        self._given = Given(rows=given.rows, text=given.text, codes=due.squeeze(-1))
        self._gen.set_exec_mask(moving)
        # Nobody hears what a model says that is not to speak, so its depth transformer need not run at all.
        said = self._gen.step(caller, None if self._speaks else due)
        return Thought(wordiness=self._wordiness, text=said[:, 0, 0], codes=said[:, 1:, 0])

    def forget(self, rows: Tensor) -> None:
        """Reset the rows of a (slots,) mask."""
        self._gen.reset_streaming(rows)
        self._played = torch.where(rows[:, None, None], 0, self._played)

    # The package calls these within a step. It takes what they write in place.
    def _weigh(self, logits: Tensor) -> None:
        """(slots, 1, 1, vocabulary) logits of the next text token."""
        self._wordiness = 1.0 - logits[:, 0, 0].float().softmax(-1)[:, self._padding]

    def _put_words(self, text: Tensor) -> None:
        """(slots,) text tokens."""
        text.copy_(torch.where(self._given.rows, self._given.text, text))

    def _put_codes(self, codes: Tensor) -> None:
        """(slots, codebooks) audio tokens of the agent."""
        codes.copy_(torch.where(self._given.rows[:, None], self._given.codes, codes))
