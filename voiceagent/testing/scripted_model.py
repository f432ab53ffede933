"""A duplex model that follows a script. Keeps the contract of `DuplexModel`: slots, lengths, isolation."""

from collections.abc import Callable, Mapping
from threading import Event

from voiceagent.audio.frame import ms_to_samples
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.core.errors import BadInput, NoCapacity
from voiceagent.interaction.contract import MicroTurnIn, MicroTurnOut, SessionContext, SlotId
from voiceagent.testing.floors import NOBODY

Script = Callable[[int, MicroTurnIn], FloorProbabilities]  # number of the session's turn -> the view after it


def listen_forever(_number: int, _turn: MicroTurnIn) -> FloorProbabilities:
    """The script of a model that never wants anything."""
    return NOBODY


class ScriptedModel:
    """Every session follows `script` from its own turn 0. `gate` holds up steps until it is set; `fail` breaks them."""

    def __init__(self, script: Script = listen_forever, *, slots: int = 4, tick_ms: int = 80) -> None:
        self.tick_ms = tick_ms
        self.slots = slots
        self.batches: list[tuple[SlotId, ...]] = []
        self.refused: list[tuple[SlotId, ...]] = []
        self.gate = Event()
        self.gate.set()
        self.fail: Exception | None = None
        self._script = script
        self._turns: dict[SlotId, int] = {}

    @property
    def open_slots(self) -> int:
        """How many sessions there are."""
        return len(self._turns)

    def open(self, context: SessionContext) -> SlotId:
        del context
        for slot in map(SlotId, range(self.slots)):
            if slot not in self._turns:
                self._turns[slot] = 0
                return slot
        raise NoCapacity(f"all {self.slots} slots are taken")

    def step(self, turns: Mapping[SlotId, MicroTurnIn]) -> Mapping[SlotId, MicroTurnOut]:
        self.gate.wait(timeout=10)
        if self.fail is not None:
            raise self.fail
        samples = ms_to_samples(self.tick_ms)
        for slot, turn in turns.items():
            if slot not in self._turns or len(turn.caller_pcm) != samples or len(turn.agent_pcm) != samples:
                self.refused.append(tuple(turns))
                raise BadInput(f"slot {slot}: not an open slot with {samples} samples each way")
        self.batches.append(tuple(turns))
        return {slot: self._advance(slot, turn) for slot, turn in turns.items()}

    def close(self, slot: SlotId) -> None:
        del self._turns[slot]

    def _advance(self, slot: SlotId, turn: MicroTurnIn) -> MicroTurnOut:
        number = self._turns[slot]
        self._turns[slot] = number + 1
        return MicroTurnOut(floor=self._script(number, turn))
