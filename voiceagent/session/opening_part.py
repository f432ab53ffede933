"""The opening as the talk plays it: the machine's steps become speech and records."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from voiceagent.conversation.opening import Decided, Open, OpeningMachine, OpeningStep, Phase, Speak, Verdict
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.speech_plan import SpeechPlan
from voiceagent.core.ids import UtteranceId
from voiceagent.session.commands import (
    Command,
    DiscardRecording,
    ForgetAnswer,
    HoldAnswer,
    KeepAnswer,
    Note,
    StartRecording,
)
from voiceagent.session.mouth import Mouth
from voiceagent.telephony.events import ConsentDenied, ConsentGranted, DisclosurePlayed

_PURPOSE = "recording"
_ANSWER_PAUSE_MS = 320  # "yes" may be followed by "but no": consent is worth a moment more than the model asks for
_LONGEST_PAUSE_MS = 2500  # an answer that the model never took for one ends all the same, as in the talk
_DISCLOSED = frozenset({"disclosure", "offer", "notice"})
_NOT_HEARD = -1
_OF_SILENCE = {"implied": "implied_after_notice.1", "no_answer": "answer_timeout.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the caller answered: words and when they were said, or a key. `rule` judged it."""

    words: str = ""
    confidence: float = 0.0
    rule: str = ""
    start_ms: int = _NOT_HEARD
    end_ms: int = _NOT_HEARD


_NONE = Answer()


class OpeningPart:
    """Runs the opening machine against a mouth."""

    def __init__(self, profile: AgentProfile, mouth: Mouth) -> None:
        self._profile = profile
        self._mouth = mouth
        self._machine = OpeningMachine(profile.opening, profile.greeting)
        self._prompts: dict[UtteranceId, str] = {}
        self._current: UtteranceId | None = None  # the prompt whose end moves the machine on
        self._asked_ms: list[int] = []  # when each question could first be heard
        self._asked_until_ms = _NOT_HEARD  # the last of them, when it was heard to its end
        self._answered = False  # the model would speak now
        self._question = hashlib.sha256(profile.opening.question.encode()).hexdigest()

    @property
    def phase(self) -> Phase:
        return self._machine.phase

    @property
    def open(self) -> bool:
        return self._machine.phase is Phase.OPEN

    @property
    def settled(self) -> bool:
        """The consent question needs no answer any more."""
        return self._machine.phase in (Phase.THANKING, Phase.OPEN)

    @property
    def granted(self) -> bool:
        return self._machine.granted is True

    @property
    def answerable(self) -> bool:
        return self._machine.phase in (Phase.ASKING, Phase.WAITING)

    def begin(self) -> list[Command]:
        return self._perform(self._machine.begin(), 0)

    def on_started(self, utterance_id: UtteranceId, now_ms: int) -> None:
        """The first sample of an utterance is being played."""
        if self._prompts.get(utterance_id) == "question":
            self._asked_ms.append(now_ms)
            self._asked_until_ms = _NOT_HEARD

    def answers(self, verdict: Verdict, start_ms: int) -> bool:
        """Whether words that began then can be an answer: a yes to what was not asked yet is none."""
        match verdict:
            case Verdict.GRANTED:
                return bool(self._asked_ms) and start_ms >= self._asked_ms[0]
            case Verdict.PROBABLE:  # the second one has to answer the second question
                return bool(self._asked_ms) and start_ms >= self._asked_ms[-1]
            case _:
                return True

    def on_answer(self, verdict: Verdict, method: str, now_ms: int, answer: Answer) -> list[Command]:
        """An answer to the consent question. Unclear speech while the question is still being spoken is no answer."""
        if verdict is Verdict.UNCLEAR and self.phase is Phase.ASKING:
            self._machine.note_objection(verdict)
            return []
        return self._carry_out(lambda: self._machine.on_answer(verdict, method), now_ms, answer)

    def on_refusal(self, method: str, now_ms: int, answer: Answer) -> list[Command]:
        """The caller does not want to be recorded, whether they were asked already or not."""
        return self._carry_out(lambda: self._machine.on_refusal(method), now_ms, answer)

    def answer_over(self, *, wanted: bool, quiet_ms: int) -> bool:
        """Whether to ask for an answer's words: the model wants to go on and the caller's voice has faded.

        wanted: the model would take the floor, or yield it while we ask. quiet_ms: since the caller spoke.
        """
        self._answered = self._answered or (wanted and self.answerable)
        over = quiet_ms >= (_ANSWER_PAUSE_MS if self._answered else _LONGEST_PAUSE_MS)
        self._answered = self._answered and not over
        return over

    def on_tick(self, now_ms: int, *, caller_active: bool) -> list[Command]:
        return self._perform(self._machine.on_tick(now_ms, caller_active=caller_active), now_ms)

    def on_ended(self, plan: SpeechPlan, start_ms: int, end_ms: int, *, completed: bool) -> list[Command]:
        """A prompt is over: record a disclosure, go on when it was played to its end."""
        prompt = self._prompts.pop(plan.utterance_id, "")
        if not prompt:
            return []
        commands: list[Command] = []
        if prompt == "question" and completed:
            self._asked_until_ms = end_ms
        if prompt in _DISCLOSED:
            commands.append(Note(event=self._disclosed(prompt, plan.text, start_ms, end_ms, completed=completed)))
        if completed and plan.utterance_id == self._current:  # an answer may have overtaken the end of its question
            commands += self._perform(self._machine.on_prompt_over(end_ms), end_ms)
        return commands

    def _disclosed(self, prompt: str, text: str, start_ms: int, end_ms: int, *, completed: bool) -> DisclosurePlayed:
        return DisclosurePlayed(
            prompt=prompt,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            language=self._profile.language,
            start_ms=start_ms,
            end_ms=end_ms,
            completed=completed,
        )

    def _carry_out(self, decide: Callable[[], list[OpeningStep]], now_ms: int, answer: Answer) -> list[Command]:
        """Carry out what an answer leads to: it may overtake its question, and take back the one before it."""
        waited, was_granted = self.phase is Phase.WAITING, self.granted
        steps = decide()
        cut = [self._mouth.drop()] if not waited and steps and self._mouth.busy else []
        taken_back = [DiscardRecording()] if was_granted and steps else []
        return [*cut, *taken_back, *self._perform(steps, now_ms, answer)]

    def _perform(self, steps: list[OpeningStep], now_ms: int, answer: Answer = _NONE) -> list[Command]:
        commands: list[Command] = []
        for step in steps:
            match step:
                case Speak():
                    utterance_id, say = self._mouth.say(step.text, step.kind)
                    self._prompts[utterance_id] = step.prompt
                    self._current = utterance_id
                    commands.append(say)
                case Decided():
                    commands += self._decided(step, now_ms, answer)
                case Open() if self.granted:
                    commands.append(KeepAnswer())
                case _:
                    pass
        return commands

    def _decided(self, step: Decided, now_ms: int, answer: Answer) -> list[Command]:
        asked: dict[str, Any] = {
            "purpose": _PURPOSE,
            "method": step.method,
            "question_sha256": self._question,
            "at_ms": now_ms,
            "rule": _OF_SILENCE.get(step.method, answer.rule),
            "language": self._profile.language,
            "question_start_ms": self._asked_ms[-1] if self._asked_ms else _NOT_HEARD,
            "question_end_ms": self._asked_until_ms,
        }
        if not step.granted:
            return [Note(event=ConsentDenied(**asked)), ForgetAnswer()]
        granted = ConsentGranted(
            **asked,
            answer=answer.words,
            confidence=answer.confidence,
            answer_start_ms=answer.start_ms,
            answer_end_ms=answer.end_ms,
        )
        spoken = step.method == "voice"
        sound = HoldAnswer(start_ms=answer.start_ms, end_ms=answer.end_ms) if spoken else ForgetAnswer()
        return [Note(event=granted), sound, StartRecording()]
