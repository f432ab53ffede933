"""Streams scenarios through the real engine and floor policy on a virtual clock; what the agent plays is fed back."""

import zlib
from collections.abc import Callable

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_float
from voiceagent.conversation.floor import FloorAct, FloorPolicy, FloorView
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.interaction.contract import MicroTurnIn, SessionContext, SlotId
from voiceagent.interaction.engine.engine import Engine
from voiceagent.interaction.evaluation.agent_line import AgentLine, agent_span, long_utterance, meant, reply
from voiceagent.interaction.evaluation.conditions import through
from voiceagent.interaction.evaluation.played import Played
from voiceagent.interaction.evaluation.scenarios import ScenarioItem, read_audio

_AFTER_S = 4.5  # heard after the end of the caller's speech


def heard_from(item: ScenarioItem, condition: str) -> Pcm:
    """(samples,) what arrives of the caller, with room for a late answer; the same whatever else is in the set."""
    caller = through(read_audio(item.path), condition, seed=zlib.crc32(item.id.encode()))
    needed = int((item.speech_end + _AFTER_S) * SAMPLE_RATE_HZ)
    return from_float(np.pad(caller, (0, max(0, needed - len(caller)))))


class _Call:
    """One item in progress."""

    def __init__(self, item: ScenarioItem, caller: Pcm, turn_samples: int, policy: FloorPolicy) -> None:
        self.item = item
        self._turns = caller[: len(caller) // turn_samples * turn_samples].reshape(-1, turn_samples)
        self._policy, self._line, self._turn_samples = policy, AgentLine(turn_samples), turn_samples
        self._at = 0
        self._trace: list[FloorProbabilities] = []
        self._backchannels: list[float] = []
        self._took: float | None = None

    @property
    def done(self) -> bool:
        return self._at >= len(self._turns)

    def next_turn(self) -> MicroTurnIn:
        now = self._at * self._turn_samples
        span = agent_span(self.item)
        if span and now <= span[0] < now + self._turn_samples:
            self._line.start(long_utterance(span[1] - span[0]), span[1] - span[0])
        pcm, words, more = self._line.next_turn()
        return MicroTurnIn(
            caller_pcm=self._turns[self._at], agent_pcm=pcm, agent_words=("word",) * words, more_to_say=more
        )

    def heed(self, floor: FloorProbabilities) -> None:
        """The model's answer to the micro-turn that just ended; what it changes is heard from the next one on."""
        self._at += 1
        self._trace.append(floor)
        now_s = self._at * self._turn_samples / SAMPLE_RATE_HZ
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
                self._line.hum()
            case _:
                pass

    def result(self) -> Played:
        agent = np.concatenate(self._line.played)
        return Played(
            item=self.item,
            agent=agent,
            meant=meant(self.item, len(agent)),
            trace=tuple(self._trace),
            backchannels_s=tuple(self._backchannels),
            took_s=self._took,
        )


def play(
    engine: Engine, items: list[ScenarioItem], condition: str, policy: Callable[[], FloorPolicy], turn_samples: int
) -> list[Played]:
    """Play every item once, as many at a time as the model has slots; results in the order of the items."""
    longest_last = sorted(enumerate(items), key=lambda entry: entry[1].seconds)  # taken from the end
    results: dict[int, Played] = {}
    running: dict[SlotId, tuple[int, _Call]] = {}
    now = 0.0
    while longest_last or running:
        while longest_last and len(running) < engine.model.slots:
            number, item = longest_last.pop()
            call = _Call(item, heard_from(item, condition), turn_samples, policy())
            running[engine.open(SessionContext())] = number, call
        for slot, (_, call) in running.items():
            engine.offer(slot, call.next_turn(), now)
        now += turn_samples / SAMPLE_RATE_HZ
        for answer in engine.step(now):
            running[answer.slot][1].heed(answer.out.floor)
        for slot in [slot for slot, (_, call) in running.items() if call.done]:
            engine.close(slot)
            number, call = running.pop(slot)
            results[number] = call.result()
    return [results[number] for number in sorted(results)]
