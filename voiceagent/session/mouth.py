"""What the agent is saying: plans that were handed to playout and have not ended, and the words that went before."""

from collections.abc import Callable

from voiceagent.audio.playout import PlayedUtterance
from voiceagent.conversation.delegation import Line
from voiceagent.conversation.speech_plan import PROTECTED, SpeechPlan, UtteranceKind
from voiceagent.core.ids import UtteranceId
from voiceagent.session.commands import Command, DropSpeech, Note, PauseSpeech, ProceedSpeech, Say
from voiceagent.telephony.events import AgentSaid


class Mouth:
    """Keeps the books of one call's agent speech; pure."""

    def __init__(self, new_id: Callable[[str], str]) -> None:
        self._new_id = new_id
        self._plans: dict[UtteranceId, SpeechPlan] = {}
        self.paused = False
        self.last_end_ms = 0
        self.lines: list[Line] = []

    @property
    def busy(self) -> bool:
        """Something is being spoken, is about to be, or is held."""
        return bool(self._plans)

    @property
    def speaking(self) -> bool:
        return self.busy and not self.paused

    @property
    def current(self) -> SpeechPlan | None:
        return next(iter(self._plans.values()), None)

    @property
    def protected(self) -> bool:
        plan = self.current
        return plan is not None and plan.kind in PROTECTED

    def say(self, text: str, kind: UtteranceKind) -> tuple[UtteranceId, Command]:
        """Plan an utterance; it plays after what is queued."""
        utterance_id = UtteranceId(self._new_id("utt"))
        plan = SpeechPlan(utterance_id=utterance_id, text=text, kind=kind)
        self._plans[utterance_id] = plan
        return utterance_id, Say(plan=plan)

    def pause(self) -> Command:
        self.paused = True
        return PauseSpeech()

    def proceed(self) -> Command:
        self.paused = False
        return ProceedSpeech()

    def drop(self) -> Command:
        """Forget the rest; `ended` follows for each utterance with what was heard of it."""
        self.paused = False
        return DropSpeech()

    def ended(self, played: PlayedUtterance) -> tuple[SpeechPlan | None, list[Command]]:
        """An utterance is over: its plan, and the record of what was heard. None for one we do not know."""
        plan = self._plans.pop(played.utterance_id, None)
        if plan is None:
            return None, []
        self.last_end_ms = max(self.last_end_ms, played.end_ms)
        words = plan.text if played.completed else " ".join(word.text for word in played.played)
        if words:
            self.lines.append(Line(speaker="agent", text=words, played=True))
        event = AgentSaid(
            utterance_id=plan.utterance_id,
            kind=plan.kind,
            planned=plan.text,
            played=words,
            start_ms=played.start_ms,
            end_ms=played.end_ms,
            completed=played.completed,
        )
        return plan, [Note(event=event)]
