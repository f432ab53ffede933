"""A call in which anything happens in any order, made from a seed: the real talk, without sound and without a clock.

What must hold in every one of them (T-FSM-1) is checked as it goes: nothing is recorded before a consent to it, nothing
but fixed texts is said before the disclosure was heard to its end, a secure capture leaves no key, no sound and no
words, a consent that has ended stays ended, and an opt-out is entered once and ends the call.
"""

import random
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from voiceagent.audio.playout import PlayedUtterance
from voiceagent.background.line_responder import line_responder
from voiceagent.conversation.delegation import Commentary, WorkDone
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.outbound_opening import for_outbound
from voiceagent.conversation.profile import Capture, ConsentMode, SlotSpec, SlotType
from voiceagent.conversation.reply import Reply, WorkRequest
from voiceagent.conversation.speech_plan import SpeechPlan, UtteranceKind
from voiceagent.core.ids import CallId, DelegationId, TenantId
from voiceagent.core.termination import Reason
from voiceagent.session import commands as do
from voiceagent.session.call_facts import CallFacts, OutboundFacts
from voiceagent.session.outbound_talk import OutboundTalk
from voiceagent.session.talk import Talk
from voiceagent.telephony.events import (
    Backchannelled,
    CallerSaid,
    CallEvent,
    CaptureEnded,
    CaptureStarted,
    ConsentDenied,
    ConsentGranted,
    ConsentWithdrawn,
    DisclosurePlayed,
    DtmfReceived,
    OptedOut,
)
from voiceagent.testing.floors import (
    CALLER_SPEAKS,
    CALLER_WANTS_IN,
    NOBODY,
    OUR_TURN,
    PERHAPS_WANTS_IN,
    WANTS_A_SIGN,
)
from voiceagent.testing.sample_profile import SAMPLE_CALLING, SAMPLE_REPLIES, SAMPLE_TIME, judge_by_list, sample_profile
from voiceagent.testing.scripted_responder import ScriptedResponder

_TURN_MS: Final = 80
_STEPS: Final = (10, 60)
_VIEWS: Final = (NOBODY, NOBODY, CALLER_SPEAKS, OUR_TURN, OUR_TURN, CALLER_WANTS_IN, PERHAPS_WANTS_IN, WANTS_A_SIGN)
_WORDS: Final = (
    *("yes", "yes", "no", "", "stop recording", "i don't want to be recorded", "don't stop recording", "no recording"),
    *("are you a robot", "hold on", "call me back if i'm silent", "whatever a model answers", *SAMPLE_REPLIES),
    *("pay my bill", "pay my bill"),
)
_CARD: Final = SlotSpec(
    name="card", type=SlotType.DIGITS, ask="type it", min_length=13, max_length=16, capture=Capture.CARD
)
_REPLIES: Final = {
    "pay my bill": Reply(say="type it", intent="order", captures="card"),
    "whatever a model answers": Reply(say="ignore all of that", intent="hours"),
    "(captured)": Reply(intent="order", work=WorkRequest(intent="order", slots={"card": "captured"})),
    "(not captured)": Reply(say="no card then", intent="order"),
}
_FIXED: Final = frozenset(  # said by us without any model: texts of the profile
    {
        UtteranceKind.DISCLOSURE,
        UtteranceKind.NOTICE,
        UtteranceKind.CONSENT,
        UtteranceKind.GREETING,
        UtteranceKind.APOLOGY,
        UtteranceKind.GOODBYE,
    }
)
_FACTS: Final = CallFacts(
    call_id=CallId("call_1"),
    tenant_id=TenantId("ten_1"),
    profile="sample",
    profile_version=1,
    caller="+4930123",
    transferable=True,
    answered_at=SAMPLE_TIME,
)


@dataclass
class Seen:
    """What a call has come to; `broken` names what must never happen."""

    steps: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)  # of events
    broken: list[str] = field(default_factory=list)


class RandomCall:
    """One call of that seed. calling: we placed it."""

    def __init__(self, seed: int, *, calling: bool = False) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a test, no secret
        self._implied = self._dice.random() < 0.3
        mode = ConsentMode.IMPLIED if self._implied else ConsentMode.EXPLICIT
        outbound = SAMPLE_CALLING if calling else None
        profile = sample_profile(opening={"consent": mode, "answer_timeout_s": 1.0}, outbound=outbound)
        profile = replace(profile, slots={"card": _CARD})
        replies = {
            **SAMPLE_REPLIES,
            **_REPLIES,
            "whatever a model answers": Reply(say="ignore all of that", intent="hours"),
        }
        responder = line_responder(ScriptedResponder(replies), profile, _FACTS.caller)
        numbers = count(1)

        def new_id(kind: str) -> str:
            return f"{kind}_{next(numbers)}"

        self._talk = Talk(profile, _FACTS, responder, judge_by_list, new_id, _TURN_MS)
        if calling:
            ours, theirs = for_outbound(profile), OutboundFacts(number_hash="hash", campaign="spring")
            self._talk = OutboundTalk(ours, _FACTS, responder, judge_by_list, new_id, _TURN_MS, outbound=theirs)
        self._words = (*_WORDS, "stop calling me", "take me off your list") if calling else _WORDS
        self._opted_out = False
        self._entered: list[str] = []
        self._now_ms = 0
        self._playing: deque[SpeechPlan] = deque()
        self._since_ms = -1  # when the first of them began to be heard; -1: it has not
        self._work: list[DelegationId] = []
        self._recording = False
        self._disclosed = False
        self._granted = False  # the last word on consent is a yes
        self._withdrawn = False
        self._capturing = False
        self._over = False
        self.seen = Seen()

    def run(self) -> Seen:
        """The whole call."""
        self._perform(self._talk.begin())
        for _ in range(self._dice.randint(*_STEPS)):
            if not self._over:
                self._happen()
                self._check()
            if self._opted_out and not self._over and self._dice.random() < 0.3:
                self._commit()
        self._perform(self._talk.on_call_over(self._now_ms, Reason.CALLER_HUNG_UP))
        self._check()
        return self.seen

    def _happen(self) -> None:
        what = self._dice.choices(
            (self._pass, self._play, self._hear, self._press, self._report, self._progress, self._lose),
            (10, 12, 6, 5, 1, 1, 0.05),
        )[0]
        self.seen.steps.append(what.__name__)
        what()

    def _pass(self) -> None:
        for _ in range(self._dice.choice((1, 1, 3, 10, 40))):
            self._now_ms += _TURN_MS
            if not self._over:
                view = self._dice.choice(_VIEWS)
                self._perform(self._talk.on_floor(view, self._now_ms, heard_ms=self._now_ms))

    def _play(self) -> None:
        """The next thing that playout tells: an utterance begins, or is over."""
        if not self._playing:
            return self._pass()
        self._now_ms += 20
        if self._since_ms < 0:
            self._since_ms = self._now_ms
            return self._perform(self._talk.on_started(self._playing[0].utterance_id, self._now_ms))
        self._now_ms += self._dice.randint(0, 1000)
        return self._end(self._playing.popleft(), completed=True)

    def _hear(self) -> None:
        words, length = self._dice.choice(self._words), self._dice.randint(80, 2000)
        heard = Recognised(
            text=words,
            final=self._dice.random() < 0.9,
            understood=bool(words),
            confidence=self._dice.random(),
            start_ms=max(0, self._now_ms - length),
            end_ms=self._now_ms,
        )
        self._perform(self._talk.on_heard(heard, self._now_ms))

    def _press(self) -> None:
        for key in self._dice.choice(("*9", "*9", *"1122", "#", "4021#", "13", "*", "9", "4111111111111111")):
            self._now_ms += self._dice.choice((0, 100, 1600))
            self._perform(self._talk.on_digit(key, self._now_ms))

    def _report(self) -> None:
        if self._work:
            update = self._dice.choice((Commentary(text="ignore all of that"), WorkDone(outcome="ok")))
            self._perform(self._talk.on_work(self._dice.choice(self._work), update, self._now_ms))

    def _progress(self) -> None:
        self._perform(self._talk.on_transfer(self._dice.choice((0, 100, 180, 200, 486)), self._now_ms))

    def _lose(self) -> None:
        self._perform(self._talk.on_worker_lost("wrk_1", "gone", self._now_ms))

    def _commit(self) -> None:
        """What was entered is committed: the last word is said, and the shell ends the call whatever becomes of it."""
        self._perform(self._talk.on_opted_out())
        self._over = True

    def _perform(self, commands: list[do.Command]) -> None:
        for command in commands:
            self._watch(command)
            match command:
                case do.Note(event=event):
                    self._note(event)
                case do.Say(plan=plan):
                    self._say(plan)
                case do.DropSpeech():
                    gone, self._playing = list(self._playing), deque()
                    for plan in gone:
                        self._end(plan, completed=False)
                case do.StartWork(package=package):
                    self._work.append(package.delegation_id)
                case do.StartRecording():
                    self._starts()
                case do.DiscardRecording() | do.SealRecording():
                    self._recording = False
                case _:
                    self._leave(command)

    def _leave(self, command: do.Command) -> None:
        if isinstance(command, do.EnterOptOut):
            self._entered.append(command.opted_out.entry_id)
        self._over = self._over or isinstance(command, do.EndCall)

    def _watch(self, command: do.Command) -> None:
        if self._capturing and isinstance(command, do.FinishHearing):
            self.seen.broken.append("(iii) words are asked for in a secure capture")

    def _end(self, plan: SpeechPlan, *, completed: bool) -> None:
        start, self._since_ms = self._since_ms, -1
        began = start if start >= 0 else self._now_ms
        played = PlayedUtterance(
            utterance_id=plan.utterance_id, start_ms=began, end_ms=self._now_ms, played=(), completed=completed
        )
        self._perform(self._talk.on_ended(played))

    def _note(self, event: CallEvent) -> None:
        self.seen.kinds.add(event.TYPE)
        if self._capturing and isinstance(event, DtmfReceived | CallerSaid | Backchannelled):
            self.seen.broken.append(f"(iii) {event.TYPE} in a secure capture")
        match event:
            case DisclosurePlayed(prompt="disclosure", completed=True):
                self._disclosed = True
            case CaptureStarted() | CaptureEnded():
                self._capturing = isinstance(event, CaptureStarted)
            case OptedOut():
                self._opted_out = True
            case _:
                self._note_consent(event)

    def _note_consent(self, event: CallEvent) -> None:
        match event:
            case ConsentGranted(method=method):
                self._granted = True
                if method == "implied" and not self._implied:
                    self.seen.broken.append("(i) silence was taken for an explicit yes")
                if self._withdrawn:
                    self.seen.broken.append("(iv) a consent came back by itself")
            case ConsentDenied():
                self._granted = False
            case ConsentWithdrawn():
                if self._withdrawn or not self._granted:
                    self.seen.broken.append("(iv) what was not given was withdrawn")
                self._granted, self._withdrawn = False, True
            case _:
                pass

    def _say(self, plan: SpeechPlan) -> None:
        if not self._disclosed and plan.kind not in _FIXED:
            self.seen.broken.append(f"(ii) {plan.kind} before the disclosure")
        if self._opted_out and plan.text != SAMPLE_CALLING.opted_out:
            self.seen.broken.append(f"(v) {plan.kind} to somebody who has opted out")
        self._playing.append(plan)

    def _starts(self) -> None:
        if not self._granted or not self._disclosed:
            self.seen.broken.append("(i) a recording without a consent")
        self._recording = True

    def _check(self) -> None:
        if self._recording and not self._granted:
            self.seen.broken.append("(i) a recording whose consent has ended")
        if len(self._entered) > 1 or bool(self._entered) != self._opted_out:
            self.seen.broken.append(f"(v) an opt-out was entered {len(self._entered)} times")
        if self._capturing and not self._talk.is_secret(self._now_ms + _TURN_MS):
            self.seen.broken.append("(iii) sound of a secure capture would be recorded and heard")
        if self._talk.may_keep_words and not self._granted:
            self.seen.broken.append("(iv) words are kept without consent")
