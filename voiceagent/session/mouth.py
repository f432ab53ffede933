"""What the agent is saying: plans that were handed to playout and have not ended, and the words that went before."""

from collections.abc import Callable

from voiceagent.audio.playout import PlayedUtterance
from voiceagent.conversation.claims import Claim, HeardClaims
from voiceagent.conversation.delegation import Line
from voiceagent.conversation.phrase import plain_words
from voiceagent.conversation.profile import Then
from voiceagent.conversation.speech_plan import PROTECTED, SpeechPlan, UtteranceKind
from voiceagent.core.ids import UtteranceId
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.commands import Command, DropSpeech, EndCall, Note, PauseSpeech, ProceedSpeech, Say
from voiceagent.telephony.events import AgentSaid, FloorTaken

_EARLY_MS = 400  # people answer before the last word has faded


class Mouth:
    """Keeps the books of one call's agent speech; pure."""

    def __init__(self, new_id: Callable[[str], str]) -> None:
        self._new_id = new_id
        self._plans: dict[UtteranceId, SpeechPlan] = {}
        self._endings: dict[UtteranceId, Reason] = {}  # after this one the call ends
        self._answers: dict[UtteranceId, int] = {}  # utterance -> when the caller had ended
        self._owed_since_ms: int | None = None
        self.paused = False
        self.last_end_ms = 0
        self.lines: list[Line] = []
        self.claims = HeardClaims()

    @property
    def busy(self) -> bool:
        """Something is being spoken, is about to be, or is held."""
        return bool(self._plans)

    @property
    def speaking(self) -> bool:
        return self.busy and not self.paused

    @property
    def leaving(self) -> bool:
        """The call ends after what is being spoken or waits to be."""
        return bool(self._endings)

    @property
    def current(self) -> SpeechPlan | None:
        return next(iter(self._plans.values()), None)

    @property
    def asked(self) -> str:
        """The question of ours that was heard last in this talk, to its end: a bare yes or no answers that one only."""
        last = self.lines[-1] if self.lines else None
        return last.text if last and last.speaker == "agent" and last.text.rstrip().endswith("?") else ""

    def asked_before(self, start_ms: int) -> str:
        """As `asked`, for words that began then: who spoke while it was still going on does not answer it."""
        return self.asked if start_ms >= self.last_end_ms - _EARLY_MS else ""

    def may_echo(self, phrase: str, start_ms: int) -> bool:
        """Whether words heard since then may be ours, as they come back from a loudspeaker."""
        plan, last = self.current, self.lines[-1] if self.lines else None
        ours = [plan.text] if plan is not None and self.speaking else []
        if last is not None and last.speaker == "agent" and start_ms <= self.last_end_ms + _EARLY_MS:
            ours.append(last.text)
        return any(phrase in " ".join(plain_words(text)) for text in ours)

    @property
    def protected(self) -> bool:
        plan = self.current
        return plan is not None and plan.kind in PROTECTED

    def owe(self, caller_ended_ms: int) -> None:
        """The floor is ours: the next words answer a caller who ended then (-1: cannot be told)."""
        self._owed_since_ms = caller_ended_ms

    def say(
        self, text: str, kind: UtteranceKind, *, ending: Reason | None = None, claims: tuple[Claim, ...] = ()
    ) -> tuple[UtteranceId, Command]:
        """Plan an utterance; it plays after what is queued. With `ending` the call ends once it was heard."""
        utterance_id = UtteranceId(self._new_id("utt"))
        plan = SpeechPlan(utterance_id=utterance_id, text=text, kind=kind, claims=claims)
        self._plans[utterance_id] = plan
        if ending is not None:
            self._endings[utterance_id] = ending
        if self._owed_since_ms is not None:
            self._answers[utterance_id], self._owed_since_ms = self._owed_since_ms, None
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

    def started(self, utterance_id: UtteranceId, now_ms: int) -> list[Command]:
        """The first sample is being played: if it answers the caller, record how long that took."""
        ended_ms = self._answers.pop(utterance_id, None)
        if ended_ms is None:
            return []
        taken = FloorTaken(
            at_ms=now_ms,
            utterance_id=utterance_id,
            caller_ended_ms=ended_ms,
            response_latency_ms=now_ms - ended_ms if ended_ms >= 0 else -1,
        )
        return [Note(event=taken)]

    def ended(self, played: PlayedUtterance) -> tuple[SpeechPlan | None, list[Command]]:
        """An utterance is over: its plan, the record of what was heard, and the end of the call if it was to follow.

        None for one we do not know.
        """
        plan = self._plans.pop(played.utterance_id, None)
        if plan is None:
            return None, []
        self._answers.pop(played.utterance_id, None)
        ending = self._endings.pop(played.utterance_id, None)
        self.paused = self.paused and self.busy  # playout holds nothing any more
        self.last_end_ms = max(self.last_end_ms, played.end_ms)
        said = self._said(plan, played)
        if ending is None or not played.completed:
            return plan, [said]
        return plan, [said, EndCall(termination=Termination.because(ending))]

    def _said(self, plan: SpeechPlan, played: PlayedUtterance) -> Note:
        words = plan.text if played.completed else " ".join(word.text for word in played.played)
        self.claims.played(plan.claims, words, plan.utterance_id)
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
        return Note(event=event)


def ending_of(then: Then) -> Reason | None:
    """Why the call ends after words that are followed by `then`; None when it goes on."""
    return Reason.AGENT_HUNG_UP if then is Then.HANG_UP else None
