"""Both speak at once: duck, stop, and what follows a stop. A stop is reversible until the caller's words are known."""

from voiceagent.conversation.floor import FloorAct
from voiceagent.conversation.hearing import Recognised
from voiceagent.core.ids import UtteranceId
from voiceagent.session.commands import Command, Duck, Note, Unduck
from voiceagent.session.mouth import Mouth
from voiceagent.telephony.events import BargedIn, SpeechDucked, SpeechResumed

_NO_WORDS_MS = 900  # a sound this short that made no words was no barge-in


class Overlap:
    """One call's overlaps; pure."""

    RESUME_MS = 900  # nothing was heard for this long after a stop: go on
    FINAL_AFTER_MS = 480  # the caller has stopped for this long: ask for the words rather than wait for a take

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth
        self._stopped_ms = -1

    @property
    def stopped(self) -> bool:
        """The agent fell silent for the caller and what is left of the utterance is held."""
        return self._stopped_ms >= 0 and self._mouth.paused

    def held_for_ms(self, now_ms: int) -> int:
        return now_ms - self._stopped_ms

    def on_act(self, act: FloorAct, onset_ms: int, now_ms: int) -> list[Command]:
        """A floor act while the agent speaks."""
        plan = self._mouth.current
        if plan is None:
            return []
        match act:
            case FloorAct.DUCK:
                return [Duck(), Note(event=SpeechDucked(at_ms=now_ms, utterance_id=plan.utterance_id))]
            case FloorAct.UNDUCK:
                return [Unduck(), Note(event=SpeechResumed(at_ms=now_ms, utterance_id=plan.utterance_id))]
            case _:
                self._stopped_ms = now_ms
                return [self._mouth.pause(), Note(event=_barged_in(plan.utterance_id, "voice", onset_ms, now_ms))]

    def cut_by_key(self, now_ms: int) -> list[Command]:
        """A key was pressed: stop for good."""
        plan = self._mouth.current
        self._stopped_ms = -1
        if plan is None:
            return []
        return [self._mouth.drop(), Note(event=_barged_in(plan.utterance_id, "dtmf", now_ms, now_ms))]

    def was_false(self, recognised: Recognised) -> bool:
        """Whether what stopped us turned out to be no turn."""
        return not recognised.understood and recognised.end_ms - recognised.start_ms < _NO_WORDS_MS

    def proceed(self, now_ms: int) -> list[Command]:
        """Go on at the word that was cut."""
        self._stopped_ms = -1
        plan = self._mouth.current
        resumed = [Note(event=SpeechResumed(at_ms=now_ms, utterance_id=plan.utterance_id))] if plan else []
        return [self._mouth.proceed(), *resumed]

    def give_up(self) -> Command:
        """The caller has the floor: forget the rest."""
        self._stopped_ms = -1
        return self._mouth.drop()


def _barged_in(utterance_id: UtteranceId, method: str, onset_ms: int, now_ms: int) -> BargedIn:
    stop_ms = now_ms - onset_ms if 0 <= onset_ms <= now_ms else -1
    return BargedIn(at_ms=now_ms, utterance_id=utterance_id, method=method, stop_ms=stop_ms)
