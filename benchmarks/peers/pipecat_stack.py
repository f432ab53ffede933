"""Pipecat's default turn-taking on the caller's audio: Silero VAD, then smart-turn with its fallback on silence.

The analysers are Pipecat's own with their defaults as installed. The rule between them is that of
`VADUserTurnStartStrategy` and `TurnAnalyzerUserTurnStopStrategy(wait_for_transcript=False)`: speech that begins opens a
turn and interrupts the agent, a silence asks smart-turn, and its "complete" (or 3 s of silence) ends the turn. The wait
for a transcript, which a real deployment has, and the time of smart-turn's inference are left out, in its favour.
"""

import asyncio
from functools import cache

from loguru import logger
from pipecat.audio.turn.base_turn_analyzer import EndOfTurnState
from pipecat.audio.turn.smart_turn import base_smart_turn
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADState

logger.remove()  # Pipecat tells every decision otherwise
_RATE_HZ = 16_000


class AudioClock:
    """Time as the audio has it. smart-turn marks its buffer with the wall clock, which stands still here."""

    def __init__(self) -> None:
        self.now_s = 1000.0  # 0 means "no speech yet" to smart-turn

    def monotonic(self) -> float:
        return self.now_s

    def perf_counter(self) -> float:
        return self.now_s


@cache
def _smart_turn() -> LocalSmartTurnAnalyzerV3:
    """Loaded once: it keeps nothing of a call that was cleared."""
    smart = LocalSmartTurnAnalyzerV3()
    smart.set_sample_rate(_RATE_HZ)
    return smart


class PipecatStack:
    """One call."""

    name = "Pipecat 1.14.0"
    frame_ms = 20

    def __init__(self) -> None:
        self._clock = AudioClock()
        base_smart_turn.time = self._clock
        self._loop = asyncio.new_event_loop()
        self._vad = SileroVADAnalyzer()
        self._vad.set_sample_rate(_RATE_HZ)
        self._smart = _smart_turn()
        self._smart.clear()
        self._speaking = False
        self._turn = False

    def hear(self, frame: bytes) -> list[str]:
        """What is done at the end of these 20 ms."""
        self._clock.now_s += self.frame_ms / 1000
        return self._loop.run_until_complete(self._hear(frame))

    def close(self) -> None:
        self._loop.run_until_complete(self._vad.cleanup())
        self._loop.run_until_complete(self._smart.cleanup())  # its thread; it starts another when asked again
        self._loop.close()

    async def _hear(self, frame: bytes) -> list[str]:
        acts: list[str] = []
        state = await self._vad.analyze_audio(frame)
        if state is VADState.SPEAKING and not self._speaking:
            self._speaking = True
            self._smart.update_vad_start_secs(self._vad.params.start_secs)
            if not self._turn:
                self._turn = True
                acts.append("stop")
        elif state is VADState.QUIET and self._speaking:
            self._speaking = False
            verdict, _ = await self._smart.analyze_end_of_turn()
            acts += self._ended(verdict)
        acts += self._ended(self._smart.append_audio(frame, self._speaking))
        return acts

    def _ended(self, verdict: EndOfTurnState) -> list[str]:
        if verdict is not EndOfTurnState.COMPLETE or not self._turn or self._speaking:
            return []
        self._turn = False
        self._smart.clear()
        return ["take"]
