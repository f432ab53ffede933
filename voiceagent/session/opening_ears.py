"""What the caller says and presses before the talk is open. Pure."""

from collections.abc import Callable

from voiceagent.conversation.consent_answer import RULE
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.opening import Verdict
from voiceagent.conversation.profile import AgentProfile
from voiceagent.session.commands import Command, Note
from voiceagent.session.keypad import Keypad
from voiceagent.session.listening import Listening, caller_said
from voiceagent.session.opening_keys import OpeningKeys
from voiceagent.session.opening_part import Answer, OpeningPart
from voiceagent.session.overheard import Overheard

_KEY_RULE = "answer_key.1"


class OpeningEars:
    """Takes answers to the opening; other wishes and numbers wait until it is over."""

    def __init__(
        self,
        profile: AgentProfile,
        judge_consent: Callable[[Recognised, AgentProfile], Verdict],
        opening: OpeningPart,
        listening: Listening,
        overheard: Overheard,
        keypad: Keypad,
    ) -> None:
        self._profile = profile
        self._judge = judge_consent
        self._opening = opening
        self._listening = listening
        self._overheard = overheard
        self._keys = OpeningKeys(opening, keypad)

    def heard(self, recognised: Recognised, now_ms: int, refusal: Answer | None) -> list[Command]:
        """Final words. refusal: what of them says that nothing may be recorded."""
        self._listening.forget()
        if refusal is not None:
            return self._noted(recognised, self._opening.on_refusal("voice", now_ms, refusal))
        verdict = self._judge(recognised, self._profile)
        if self._opening.settled and verdict is not Verdict.DENIED:
            if self._overheard.is_wish(recognised):
                self._listening.heard(recognised)  # answered when the greeting has ended
            return []
        if not self._opening.answers(verdict, recognised.start_ms):
            return []
        answer = Answer(
            words=recognised.text,
            confidence=recognised.confidence,
            rule=RULE,
            start_ms=recognised.start_ms,
            end_ms=recognised.end_ms,
        )
        return self._noted(recognised, self._opening.on_answer(verdict, "voice", now_ms, answer))

    def pressed(self, key: str, now_ms: int, refusal: Answer | None) -> list[Command]:
        """A key. refusal: the keys that withdraw consent were pressed with it."""
        if refusal is not None:
            self._keys.forget()
            return self._opening.on_refusal("dtmf", now_ms, refusal)
        verdict = self._keys.press(key, now_ms)
        if verdict is None:
            return []
        return self._opening.on_answer(verdict, "dtmf", now_ms, Answer(words=key, confidence=1.0, rule=_KEY_RULE))

    def takes_back(self, now_ms: int) -> Answer | None:
        """A yes that was taken back by a key which is known only now to be no number; the talk may be open by then."""
        return Answer(words="2", confidence=1.0, rule=_KEY_RULE) if self._keys.takes_back(now_ms) else None

    def _noted(self, recognised: Recognised, answer: list[Command]) -> list[Command]:
        return [*answer, Note(event=caller_said((recognised,), recognised.text, "consent"))] if answer else []
