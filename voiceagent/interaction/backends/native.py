"""The native backend: our own network behind `DuplexModel`, with a fixed number of slots."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.core.errors import BadInput
from voiceagent.interaction.contract import MicroTurnIn, MicroTurnOut, SessionContext, SlotId
from voiceagent.interaction.engine.slots import Slots
from voiceagent.interaction.model.checkpoint import load, shipped_checkpoint
from voiceagent.interaction.model.dmel import DmelStream
from voiceagent.interaction.model.heads import FloorAct
from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.model.state import StreamState
from voiceagent.interaction.presets import MAX_WORDS_PER_TURN

_SOUNDING = 16  # of 32768: below it a played micro-turn is silence
# Rows are always computed eight at a time, padded. Matrix products of one size sum in one order, so a call's numbers do
# not depend, to the bit, on how many others there are. (Sizes 1 to 32 are 1e-6 apart.)
_GROUP = 8
Bytes = npt.NDArray[np.uint8]


class NativeModel:
    """Implements `DuplexModel` on one network. Synchronous and not thread-safe: one caller at a time."""

    def __init__(self, network: DuplexNetwork, slots: int) -> None:
        config = network.config
        self.tick_ms = config.micro_turn_ms
        self.slots = slots
        self._network = network.eval()
        self._owned = Slots(slots)
        self._state = StreamState(config, slots)
        self._ears = [(DmelStream(config), DmelStream(config)) for _ in range(slots)]  # caller, agent

    def open(self, context: SessionContext) -> SlotId:  # noqa: ARG002 - this preset reads no context yet
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
        slots = list(turns)
        groups = [slots[at : at + _GROUP] for at in range(0, len(slots), _GROUP)]
        return {slot: out for group in groups for slot, out in self._advance({s: turns[s] for s in group}).items()}

    def bytes_per_session(self) -> int:
        """Memory of one call's state; the same after a minute and after two hours."""
        return self._state.bytes_per_row()

    def check_integrity(self) -> None:
        """Raises InternalError when slots or rings are not what they should be."""
        self._owned.check_integrity()
        self._state.check_integrity()

    def _check(self, slot: SlotId, turn: MicroTurnIn) -> None:
        self._owned.require(slot)
        for name, ear, pcm in zip(
            ("caller", "agent"), self._ears[slot], (turn.caller_pcm, turn.agent_pcm), strict=True
        ):
            try:
                ear.check(pcm)
            except BadInput as error:
                raise BadInput(f"slot {slot}, {name} audio: {error}") from error

    def _advance(self, turns: Mapping[SlotId, MicroTurnIn]) -> dict[SlotId, MicroTurnOut]:
        """One batch: the turns' rows and, up to eight, copies of the first that are thrown away."""
        slots = list(turns)
        padding = _GROUP - len(slots)
        heard = [self._hear(slot, turn) for slot, turn in turns.items()]
        caller, agent, features = (np.stack([*part, *[part[0]] * padding]) for part in zip(*heard, strict=True))
        rows = torch.tensor(slots + slots[:1] * padding)
        executing = torch.arange(len(rows)) < len(slots)
        inputs = Inputs(
            caller=torch.from_numpy(caller), agent=torch.from_numpy(agent), features=torch.from_numpy(features)
        )
        with torch.inference_mode():
            outputs = self._network.step(inputs, self._state, rows, executing)
            acts = outputs.floor[:, 0].softmax(-1).tolist()
            active = outputs.caller_active[:, 0].sigmoid().tolist()
        return {slot: MicroTurnOut(floor=_floor(acts[row], active[row])) for row, slot in enumerate(slots)}

    def _hear(self, slot: SlotId, turn: MicroTurnIn) -> tuple[Bytes, Bytes, Bytes]:
        """Levels of both streams, (1, frames, 80), and the features, (1, 3)."""
        caller, agent = self._ears[slot]
        sounding = int(np.abs(turn.agent_pcm.astype(np.int32)).max()) > _SOUNDING
        features = (min(len(turn.agent_words), MAX_WORDS_PER_TURN), turn.more_to_say, sounding)
        return caller.push(turn.caller_pcm)[None], agent.push(turn.agent_pcm)[None], np.array([features], np.uint8)

    def _clear(self, slot: SlotId) -> None:
        self._state.reset(torch.tensor([slot]))
        for ear in self._ears[slot]:
            ear.reset()


def _floor(acts: list[float], active: float) -> FloorProbabilities:
    return FloorProbabilities(
        listen=acts[FloorAct.LISTEN],
        speak=acts[FloorAct.SPEAK],
        backchannel=acts[FloorAct.BACKCHANNEL],
        yield_=acts[FloorAct.YIELD],
        caller_active=active,
    )


def load_native(
    preset_name: str = "tiny", checkpoint: Path | None = None, *, slots: int, threads: int = 1
) -> NativeModel:
    """A model of that preset: the shipped checkpoint, or another one. Sets torch's thread count for the process.

    Raises ConfigError when the checkpoint was made for another preset.
    """
    torch.set_num_threads(threads)
    return NativeModel(load(checkpoint or shipped_checkpoint(preset_name), preset_name), slots)
