"""The native backend: our own network behind `DuplexModel`, with a fixed number of slots."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from voiceagent.audio.frame import Pcm
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.core.errors import BadInput
from voiceagent.interaction.backends.group_sizes import groups_of, interchangeable_sizes
from voiceagent.interaction.backends.own_voice import OwnVoices, own_speech
from voiceagent.interaction.backends.text_and_video import TextStreams, Turns, check_frame, frames_of
from voiceagent.interaction.contract import MicroTurnIn, MicroTurnOut, SessionContext, SlotId
from voiceagent.interaction.engine.slots import Slots
from voiceagent.interaction.model.checkpoint import check, load, shipped_checkpoint
from voiceagent.interaction.model.dmel import dmel_of
from voiceagent.interaction.model.heads import FloorAct
from voiceagent.interaction.model.network import DuplexNetwork, Inputs
from voiceagent.interaction.model.pitch import pitch_of
from voiceagent.interaction.model.spectrum import SpectrumStreams, check_turn
from voiceagent.interaction.model.state import StreamState
from voiceagent.interaction.presets import MAX_WORDS_PER_TURN, preset

_SOUNDING = 16  # of 32768: below it a played micro-turn is silence


class NativeModel:
    """Implements `DuplexModel` on one network. Synchronous and not thread-safe: one caller at a time."""

    def __init__(self, network: DuplexNetwork, slots: int) -> None:
        config = network.config
        self.tick_ms = config.micro_turn_ms
        self.slots = slots
        self._config = config
        self._network = laid_out_for_small_batches(network.eval())
        self._sizes = interchangeable_sizes(self._network)
        self._owned = Slots(slots)
        self._state = StreamState(config, slots)
        self._callers, self._agents = SpectrumStreams(config, slots), SpectrumStreams(config, slots)
        self._texts = TextStreams(config, slots) if config.tokens_per_turn else None
        self._voices = OwnVoices(network, slots) if config.speaks else None

    def open(self, context: SessionContext) -> SlotId:  # noqa: ARG002 - no preset depends on voice or language
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
        ordered = sorted(turns.items())  # neighbouring slots' rings are read in place
        outs: dict[SlotId, MicroTurnOut] = {}
        with torch.inference_mode():
            for size in groups_of(len(ordered), self._sizes):
                outs.update(self._advance(ordered[len(outs) : len(outs) + size], size))
        return outs

    def bytes_per_session(self) -> int:
        """Memory of one call's state; the same after a minute and after two hours."""
        return self._state.bytes_per_row() + self._callers.bytes_per_stream() + self._agents.bytes_per_stream()

    def check_integrity(self) -> None:
        """Raises InternalError when slots or rings are not what they should be."""
        self._owned.check_integrity()
        self._state.check_integrity()

    def _check(self, slot: SlotId, turn: MicroTurnIn) -> None:
        self._owned.require(slot)
        for name, pcm in (("caller", turn.caller_pcm), ("agent", turn.agent_pcm)):
            try:
                check_turn(pcm, self._config)
            except BadInput as error:
                raise BadInput(f"slot {slot}, {name} audio: {error}") from error
        if self._config.video_patches and turn.video is not None:
            check_frame(slot, turn.video, self._config)
        if self._texts is not None:
            self._texts.check_room(slot, turn)

    def _advance(self, turns: Turns, size: int) -> Iterator[tuple[SlotId, MicroTurnOut]]:
        """One group: the turns' rows and, up to `size`, the state's spare row, whose results are thrown away."""
        slots = [slot for slot, _ in turns]
        padding = size - len(slots)
        rows = torch.tensor(slots + [self._state.spare] * padding)
        outputs = self._network.step(self._hear(turns, padding), self._state, rows, rows < self.slots)
        acts = outputs.floor[:, 0].softmax(-1).tolist()
        hums = outputs.backchannel[:, 0].sigmoid().tolist()
        active = outputs.caller_active[:, 0].sigmoid().tolist()
        said: Sequence[Pcm | None] = self._voices.say(outputs, rows) if self._voices is not None else [None] * size
        for row, slot in enumerate(slots):
            floor = _floor(acts[row], hums[row], active[row])
            yield slot, MicroTurnOut(floor=floor, own_speech=own_speech(said[row], outputs, row))

    def _hear(self, turns: Turns, padding: int) -> Inputs:
        """Levels of both streams and the features, with rows of zeros behind them."""
        slots = [slot for slot, _ in turns]
        agents = [turn.agent_pcm for _, turn in turns]
        sounding = np.abs(np.stack(agents).astype(np.int32)).max(axis=1) > _SOUNDING
        features = [
            (min(len(turn.agent_words), MAX_WORDS_PER_TURN), turn.more_to_say, sounds)
            for (_, turn), sounds in zip(turns, sounding, strict=True)
        ]
        tokens, roles = (None, None) if self._texts is None else self._texts.take(turns, padding)
        video, seen = (None, None) if not self._config.video_patches else frames_of(turns, padding, self._config)
        caller = self._callers.push([turn.caller_pcm for _, turn in turns], slots)
        agent = self._agents.push(agents, slots)
        return Inputs(
            tokens=tokens,
            roles=roles,
            video=video,
            seen=seen,
            caller=_padded(dmel_of(caller, self._config), padding),
            agent=_padded(dmel_of(agent, self._config), padding),
            features=_padded(np.array(features, np.uint8), padding),
            pitch=_padded(pitch_of(caller, self._config), padding) if self._config.hears_pitch else None,
        )

    def _clear(self, slot: SlotId) -> None:
        self._state.reset(torch.tensor([slot]))
        self._callers.reset(slot)
        self._agents.reset(slot)
        if self._texts is not None:
            self._texts.reset(slot)
        if self._voices is not None:
            self._voices.reset(slot)


def _padded(rows: npt.NDArray[np.uint8], padding: int) -> Tensor:
    """(n, ...) to (n + padding, 1, ...): one micro-turn."""
    return torch.from_numpy(np.pad(rows, [(0, padding), *[(0, 0)] * (rows.ndim - 1)]))[:, None]


def laid_out_for_small_batches(network: DuplexNetwork) -> DuplexNetwork:
    """The same weights column by column: their sums then agree to the bit for more group sizes (`group_sizes`)."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            module.weight.data = module.weight.data.t().contiguous().t()
    return network


def _floor(acts: list[float], hum: float, active: float) -> FloorProbabilities:
    return FloorProbabilities(
        listen=acts[FloorAct.LISTEN],
        speak=acts[FloorAct.SPEAK],
        backchannel=hum,
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


def check_native(preset_name: str, checkpoint: Path | None = None) -> str:
    """The name of the checkpoint that `load_native` would load. Raises the ConfigError that it would raise."""
    preset(preset_name)
    path = checkpoint or shipped_checkpoint(preset_name)
    check(path, preset_name)
    return path.name
