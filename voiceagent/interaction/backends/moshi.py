"""The Moshi backend: Moshi or PersonaPlex weights behind `DuplexModel`. Needs the package `moshi` (docs/moshi.md).

The agent's side of the model's memory is what the caller really heard: the played audio as codes, the played words as
text. So Moshi judges the floor of a talk whose words are ours, disclosure and looked-up results included. Given a
mouth, it speaks by itself wherever the platform is silent, and its audio comes out as `own_speech`.
"""

import contextlib
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from moshi.utils.compile import no_compile
from torch import Tensor

from voiceagent.audio.frame import ms_to_samples
from voiceagent.core.errors import BadInput
from voiceagent.interaction.backends.moshi_line import Line, sounding
from voiceagent.interaction.backends.moshi_rates import MOSHI_RATE_HZ
from voiceagent.interaction.backends.moshi_streams import Brain, Ears, Given, Mouth, Thought
from voiceagent.interaction.backends.moshi_weights import MoshiParts
from voiceagent.interaction.contract import MicroTurnIn, MicroTurnOut, OwnSpeech, SessionContext, SlotId
from voiceagent.interaction.engine.slots import Slots


class MoshiModel:
    """Implements `DuplexModel`. Synchronous and not thread-safe: one caller at a time."""

    def __init__(self, parts: MoshiParts, slots: int) -> None:
        self.slots = slots
        self._parts = parts
        self._device = parts.lm.device
        self._padding = parts.lm.text_padding_token_id
        self._silent_tokens = {self._padding, parts.lm.end_of_text_padding_id}
        self._owned = Slots(slots)
        self._lines = [Line() for _ in range(slots)]
        with self._running():
            self._ears = Ears(parts.ears, slots)
            self._mouth = Mouth(parts.mouth, slots) if parts.mouth is not None else None
            self._brain = Brain(parts.lm, slots, speaks=self._mouth is not None, sampling=parts.sampling)
        self.tick_ms = self._ears.tick_samples * 1000 // MOSHI_RATE_HZ

    def open(self, context: SessionContext) -> SlotId:  # noqa: ARG002 - Moshi speaks one language and has one voice
        """Claim a clean slot. Raises NoCapacity."""
        slot = self._owned.claim()
        self._clear(slot)
        return slot

    def close(self, slot: SlotId) -> None:
        """Forget the call and free the slot."""
        self._owned.release(slot)
        self._clear(slot)

    def step(self, turns: Mapping[SlotId, MicroTurnIn]) -> Mapping[SlotId, MicroTurnOut]:
        """Advance each named slot by one micro-turn. Raises BadInput before anything has moved."""
        for slot, turn in turns.items():
            self._check(slot, turn)
        if not turns:
            return {}
        given_rows = [slot for slot, turn in turns.items() if self._is_given(slot, turn)]
        text = torch.full((self.slots,), self._padding)
        for slot, turn in turns.items():
            text[slot] = self._lines[slot].token(turn, self._parts.pieces, self._padding)
        moving = self._mask(turns)
        with self._running():
            caller, agent = self._ears.listen(self._sound(turns), moving)
            given = Given(rows=self._mask(given_rows), text=text.to(self._device), codes=agent)
            thought = self._brain.think(caller, given, moving)
            own = self._say(turns, thought)
        wordiness = thought.wordiness.tolist()
        return {slot: self._answer(slot, turn, wordiness[slot], own.get(slot)) for slot, turn in turns.items()}

    def check_integrity(self) -> None:
        """Raises InternalError when slots are lost or doubled."""
        self._owned.check_integrity()

    def _check(self, slot: SlotId, turn: MicroTurnIn) -> None:
        self._owned.require(slot)
        wanted = ms_to_samples(self.tick_ms)
        for name, pcm in (("caller", turn.caller_pcm), ("agent", turn.agent_pcm)):
            if len(pcm) != wanted:
                raise BadInput(f"slot {slot}, {name} audio: {len(pcm)} samples instead of the {wanted} of a micro-turn")

    def _is_given(self, slot: SlotId, turn: MicroTurnIn) -> bool:
        """Whether the agent's side is told to the model. A model that does not speak is always told."""
        line = self._lines[slot]
        given = line.platform_speaks(turn) or self._mouth is None
        line.free_for = 0 if given else line.free_for + 1
        return given

    def _sound(self, turns: Mapping[SlotId, MicroTurnIn]) -> Tensor:
        """(2 * slots, samples): callers, then agents as played; silence for slots that do not move."""
        sound = np.zeros((2, self.slots, self._ears.tick_samples), np.float32)
        for slot, turn in turns.items():
            sound[0, slot], sound[1, slot] = self._lines[slot].sounds(turn)
        return torch.from_numpy(sound.reshape(2 * self.slots, -1)).to(self._device)

    def _say(self, turns: Mapping[SlotId, MicroTurnIn], thought: Thought) -> dict[SlotId, OwnSpeech]:
        """What the model said by itself, `delay` micro-turns after it said it."""
        if self._mouth is None:
            return {}
        said = thought.codes.amin(dim=1) >= 0
        sound = self._mouth.speak(thought.codes, said).float().cpu().numpy()
        own = {}
        for slot in turns:
            line = self._lines[slot]
            if said[slot] and line.free_for > self._brain.delay:
                own[slot] = OwnSpeech(pcm=line.own_pcm(sound[slot]), text=self._text(int(thought.text[slot])).encode())
        return own

    def _text(self, token: int) -> str:
        """A piece of a word with its leading space, or nothing."""
        return "" if token in self._silent_tokens else self._parts.pieces.id_to_piece(token).replace("▁", " ")

    def _answer(self, slot: SlotId, turn: MicroTurnIn, wordiness: float, own: OwnSpeech | None) -> MicroTurnOut:
        line = self._lines[slot]
        speaking = turn.more_to_say or sounding(turn)
        floor = line.floor.read(wordiness, speaking=speaking, caller_active=line.caller_active(turn))
        return MicroTurnOut(floor=floor, own_speech=own)

    def _clear(self, slot: SlotId) -> None:
        self._lines[slot] = Line()
        row = self._mask([slot])
        with self._running():
            self._ears.forget(row)
            self._brain.forget(row)
            if self._mouth is not None:
                self._mouth.forget(row)

    def _mask(self, slots: Mapping[SlotId, MicroTurnIn] | list[SlotId]) -> Tensor:
        mask = torch.zeros(self.slots, dtype=torch.bool)
        mask[list(slots)] = True
        return mask.to(self._device)

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        """No gradients; and on a CPU no compiler, which would hold up the first step by 20 s to gain nothing."""
        with torch.no_grad(), contextlib.nullcontext() if self._device.type == "cuda" else no_compile():
            yield
