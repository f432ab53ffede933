"""Streams scenarios through the real engine and floor policy on a virtual clock; what the agent plays is fed back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_float
from voiceagent.conversation.floor import FloorAct, FloorPolicy, FloorView
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.interaction.contract import MicroTurnIn, SessionContext, SlotId
from voiceagent.interaction.engine.engine import Engine
from voiceagent.interaction.evaluation.agent_line import AgentLine, long_utterance, reply
from voiceagent.interaction.evaluation.conditions import through
from voiceagent.interaction.evaluation.scenarios import ScenarioItem, Signal, read_audio

_AFTER_S = 4.5  # heard after the end of the caller's speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came out of one item. agent (samples,); trace: the model's view after every micro-turn."""

    item: ScenarioItem
    agent: Pcm
    trace: tuple[FloorProbabilities, ...]
    backchannels_s: tuple[float, ...]
    took_s: float | None


class _Call:
    """One item in progress."""

    def __init__(self, item: ScenarioItem, caller: Signal, turn_samples: int, policy: FloorPolicy) -> None:
        self.item = item
        needed = int((item.speech_end + _AFTER_S) * SAMPLE_RATE_HZ)
        pcm = from_float(np.pad(caller, (0, max(0, needed - len(caller)))))
        self._turns = pcm[: len(pcm) // turn_samples * turn_samples].reshape(-1, turn_samples)
        self._policy, self._line, self._turn_s = policy, AgentLine(turn_samples), turn_samples / SAMPLE_RATE_HZ
        self._at = 0
        self._trace: list[FloorProbabilities] = []
        self._backchannels: list[float] = []
        self._took: float | None = None
        if item.agent_speaks:
            end = item.agent[-1][1] if item.agent else item.seconds
            self._line.start(long_utterance(), int(end * SAMPLE_RATE_HZ))

    @property
    def done(self) -> bool:
        return self._at >= len(self._turns)

    def next_turn(self) -> MicroTurnIn:
        pcm, words, more = self._line.next_turn()
        return MicroTurnIn(
            caller_pcm=self._turns[self._at], agent_pcm=pcm, agent_words=("word",) * words, more_to_say=more
        )

    def heed(self, floor: FloorProbabilities) -> None:
        """The model's answer to the micro-turn that just ended; what it changes is heard from the next one on."""
        self._at += 1
        self._trace.append(floor)
        now_s = self._at * self._turn_s
        view = FloorView(floor=floor, now_ms=round(now_s * 1000), speaking=self._line.speaking, protected=False)
        match self._policy.step(view):
            case FloorAct.TAKE if not self.item.agent_speaks and self._took is None:
                self._took = now_s
                self._line.start(reply())
            case FloorAct.STOP:
                self._line.stop()
            case FloorAct.DUCK:
                self._line.duck(on=True)
            case FloorAct.UNDUCK:
                self._line.duck(on=False)
            case FloorAct.BACKCHANNEL:
                self._backchannels.append(now_s)
            case _:
                pass

    def result(self) -> Played:
        return Played(
            item=self.item,
            agent=np.concatenate(self._line.played),
            trace=tuple(self._trace),
            backchannels_s=tuple(self._backchannels),
            took_s=self._took,
        )


def play(
    engine: Engine, items: list[ScenarioItem], condition: str, policy: Callable[[], FloorPolicy], turn_samples: int
) -> list[Played]:
    """Play every item once, as many at a time as the model has slots."""
    waiting, results = list(enumerate(items)), []
    running: dict[SlotId, _Call] = {}
    now = 0.0
    while waiting or running:
        while waiting and len(running) < engine.model.slots:
            number, item = waiting.pop(0)
            caller = through(read_audio(item.path), condition, seed=number)
            running[engine.open(SessionContext())] = _Call(item, caller, turn_samples, policy())
        for slot, call in running.items():
            engine.offer(slot, call.next_turn(), now)
        now += turn_samples / SAMPLE_RATE_HZ
        for answer in engine.step(now):
            running[answer.slot].heed(answer.out.floor)
        for slot in [slot for slot, call in running.items() if call.done]:
            engine.close(slot)
            results.append(running.pop(slot).result())
    return results
