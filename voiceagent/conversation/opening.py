"""The start of every call, deterministic: AI disclosure, recording notice, consent question, answer.

All transitions are in the table below; nothing model-written is spoken before `Phase.OPEN`. Disclosure and notice are
protected and played to their end. Silence where an explicit yes is asked for is a no; an unclear answer is asked for
once more and is never taken as a yes, nor is silence after it. A yes that was not surely heard has to be heard again,
and may be taken back while the caller is thanked for it.

    START -> DISCLOSING -> NOTICING -> ASKING -> WAITING -> THANKING -> OPEN
                    |          ^        ^          |
                    + OFFERING +        +- unclear +

A call that we place offers at once not to be called again (OFFERING), protected as the disclosure is.
"""

from dataclasses import dataclass
from enum import StrEnum

from voiceagent.conversation.profile import ConsentMode, OpeningScript
from voiceagent.conversation.speech_plan import UtteranceKind


class Phase(StrEnum):
    START = "start"
    DISCLOSING = "disclosing"
    OFFERING = "offering"
    NOTICING = "noticing"
    ASKING = "asking"  # the question is being spoken; an answer may overlap its end
    WAITING = "waiting"
    THANKING = "thanking"
    OPEN = "open"


class Verdict(StrEnum):
    """What an answer to the consent question means."""

    GRANTED = "granted"
    PROBABLE = "probable"  # a yes, but not surely heard
    DENIED = "denied"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """Speak this prompt of the opening."""

    prompt: str  # disclosure | offer | notice | question | thanks_granted | thanks_denied | greeting
    text: str
    kind: UtteranceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Consent is settled. `method`: voice | dtmf | implied | no_answer."""

    granted: bool
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The talk may begin."""


OpeningStep = Speak | Decided | Open

_AFTER_PROMPT = {
    Phase.DISCLOSING: Phase.NOTICING,
    Phase.OFFERING: Phase.NOTICING,
    Phase.NOTICING: Phase.ASKING,
    Phase.ASKING: Phase.WAITING,
    Phase.THANKING: Phase.OPEN,
}
_ANSWERABLE = frozenset({Phase.ASKING, Phase.WAITING})
_BEFORE_QUESTION = frozenset({Phase.START, Phase.DISCLOSING, Phase.OFFERING, Phase.NOTICING})


class OpeningMachine:
    """One call's opening. Feed it what happens; it answers with what to do."""

    def __init__(self, script: OpeningScript, greeting: str) -> None:
        self._script = script
        self._greeting = greeting
        self._asked = 0
        self._waiting_since_ms = 0
        self._heard_a_yes = False  # in answer to the question before this one
        self._objected = False  # something was said that was no yes
        self._refused = ""  # how, when the caller did so before they were asked
        self.phase = Phase.START
        self.granted: bool | None = None

    def begin(self) -> list[OpeningStep]:
        """Media flows."""
        self.phase = Phase.DISCLOSING
        return [Speak(prompt="disclosure", text=self._script.disclosure, kind=UtteranceKind.DISCLOSURE)]

    def on_prompt_over(self, now_ms: int) -> list[OpeningStep]:
        """The prompt being spoken has been played to its end."""
        following = _AFTER_PROMPT.get(self.phase)
        if following is None:
            return []
        if self.phase is Phase.DISCLOSING and self._script.offer:
            following = Phase.OFFERING
        self.phase = following
        match following:
            case Phase.OFFERING:
                return [Speak(prompt="offer", text=self._script.offer, kind=UtteranceKind.NOTICE)]
            case Phase.NOTICING:
                return [Speak(prompt="notice", text=self._script.notice, kind=UtteranceKind.NOTICE)]
            case Phase.ASKING if self._refused:
                return self._settle(granted=False, method=self._refused)
            case Phase.ASKING:
                return [self._ask()]
            case Phase.WAITING:
                self._waiting_since_ms = now_ms
                return []
            case _:
                return [Open()]

    def on_answer(self, verdict: Verdict, method: str) -> list[OpeningStep]:
        """The caller answered (voice or dtmf). Ignored when no question is open; only a no may follow a yes."""
        if self.phase is Phase.THANKING and self.granted and verdict is Verdict.DENIED:
            return self._settle(granted=False, method=method)
        if self.phase not in _ANSWERABLE:
            self.note_objection(verdict)
            return []
        match verdict:
            case Verdict.GRANTED:
                return self._settle(granted=True, method=method)
            case Verdict.DENIED:
                return self._settle(granted=False, method=method)
            case Verdict.PROBABLE if self._heard_a_yes:
                return self._settle(granted=True, method=method)
            case Verdict.PROBABLE:
                return self._again_or_settle(heard_a_yes=True)
            case Verdict.UNCLEAR:
                self._objected = True
                return self._again_or_settle()

    def on_refusal(self, method: str) -> list[OpeningStep]:
        """The caller does not want to be recorded and says so in full: that counts before the question, too."""
        if self.phase in _BEFORE_QUESTION:
            self._refused = method
            return []
        return self.on_answer(Verdict.DENIED, method)

    def note_objection(self, verdict: Verdict) -> None:
        """Something was said that is no answer yet. What was no yes keeps silence from being one."""
        self._objected = self._objected or verdict in (Verdict.DENIED, Verdict.UNCLEAR)

    def on_tick(self, now_ms: int, *, caller_active: bool) -> list[OpeningStep]:
        """Time passes. While the caller speaks the clock waits for the answer."""
        if self.phase is not Phase.WAITING:
            return []
        if caller_active:
            self._waiting_since_ms = now_ms
            return []
        if now_ms - self._waiting_since_ms < self._script.answer_timeout_s * 1000:
            return []
        if self._script.consent is ConsentMode.IMPLIED and not self._objected:
            return self._settle(granted=True, method="implied")
        return self._again_or_settle()

    def _ask(self) -> Speak:
        self._asked += 1
        return Speak(prompt="question", text=self._script.question, kind=UtteranceKind.CONSENT)

    def _again_or_settle(self, *, heard_a_yes: bool = False) -> list[OpeningStep]:
        self._heard_a_yes = heard_a_yes
        if self._asked < self._script.attempts:
            self.phase = Phase.ASKING
            return [self._ask()]
        return self._settle(granted=False, method="no_answer")

    def _settle(self, *, granted: bool, method: str) -> list[OpeningStep]:
        self.granted = granted
        self.phase = Phase.THANKING
        thanks = self._script.thanks_granted if granted else self._script.thanks_denied
        prompt = "thanks_granted" if granted else "thanks_denied"
        text = f"{thanks} {self._greeting}".strip()
        return [Decided(granted=granted, method=method), Speak(prompt=prompt, text=text, kind=UtteranceKind.GREETING)]
