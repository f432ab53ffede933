"""Whether a call may be recorded and its words kept, from the answer of the opening to the end of the call. Pure.

What ends a consent works at any time, whoever is speaking and wherever the call is; nothing but a new consent could
begin a recording again, and none is asked for.
"""

from typing import Final

from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.speech_plan import UtteranceKind
from voiceagent.conversation.withdrawal import withdrawal_in
from voiceagent.session.commands import Command, DiscardRecording, Note, SealRecording
from voiceagent.session.handing_over import HandingOver
from voiceagent.session.initiative import Initiative
from voiceagent.session.listening import Listening
from voiceagent.session.mouth import Mouth
from voiceagent.session.opening_part import Answer, OpeningPart
from voiceagent.telephony.events import ConsentWithdrawn

_PURPOSE: Final = "recording"
_BY_KEY: Final = "withdrawal_keys.1"
_NEXT_KEY_MS: Final = 3000  # people look for the star


class RecordingConsent:
    """One call's consent."""

    def __init__(
        self,
        profile: AgentProfile,
        opening: OpeningPart,
        mouth: Mouth,
        handing_over: HandingOver,
        listening: Listening,
        initiative: Initiative,
    ) -> None:
        self._terms = profile.withdrawal
        self._language = profile.language
        self._opening = opening
        self._mouth = mouth
        self._handing_over = handing_over
        self._listening = listening
        self._initiative = initiative
        self._pressed = ""
        self._last_ms = 0
        self._withdrawn = False

    @property
    def stands(self) -> bool:
        """Whether sound and words may be kept now."""
        return self._opening.granted and not self._withdrawn

    def withdrawn_by(self, recognised: Recognised) -> Answer | None:
        """What of final words withdraws consent; None for nothing, and for our own words that came back as an echo."""
        if not (recognised.final and recognised.understood):
            return None
        together = f"{self._listening.words} {recognised.text}"  # a pause in the sentence makes two of it
        found = withdrawal_in(recognised.text) or withdrawal_in(together.strip())
        if found is None or self._mouth.may_echo(found.phrase, recognised.start_ms):
            return None
        return Answer(
            words=found.phrase,
            confidence=recognised.confidence,
            rule=found.rule,
            start_ms=recognised.start_ms,
            end_ms=recognised.end_ms,
        )

    def pressed(self, key: str, now_ms: int) -> Answer | None:
        """Whether this was the last of the keys that withdraw consent."""
        late = now_ms - self._last_ms > _NEXT_KEY_MS
        self._pressed = (("" if late else self._pressed) + key)[-len(self._terms.keys) :]
        self._last_ms = now_ms
        if self._pressed != self._terms.keys:
            return None
        self._pressed = ""
        return Answer(words=self._terms.keys, confidence=1.0, rule=_BY_KEY)

    def withdraw(self, how: Answer, now_ms: int, *, ending: bool) -> list[Command]:
        """End it, and say so. The recording stops first.

        Who is being put through or hears us say goodbye (`ending`) is told nothing more.
        """
        method = "voice" if how.start_ms >= 0 else "dtmf"
        if not (self._opening.open or ending):
            return self._opening.on_refusal(method, now_ms, how)
        commands: list[Command] = []
        stood = self.stands
        if stood:
            self._withdrawn = True
            keeps = self._terms.keeps_earlier
            commands = [Note(event=self._event(how, method, now_ms)), SealRecording() if keeps else DiscardRecording()]
        if ending or self._mouth.leaving or self._handing_over.away or self._handing_over.announcing:
            return commands
        self._listening.forget()
        self._initiative.caller_spoke()
        cut = [self._mouth.drop()] if self._mouth.busy and not self._mouth.protected else []
        text = self._terms.stopped if stood else self._terms.not_recording
        return [*commands, *cut, self._mouth.say(text, UtteranceKind.REPLY)[1]]

    def _event(self, how: Answer, method: str, now_ms: int) -> ConsentWithdrawn:
        return ConsentWithdrawn(
            purpose=_PURPOSE,
            method=method,
            at_ms=now_ms,
            answer=how.words,
            confidence=how.confidence,
            rule=how.rule,
            language=self._language,
            keeps_earlier=self._terms.keeps_earlier,
        )
