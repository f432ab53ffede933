"""A call without a loop: a real talk and a real playout buffer on a clock that the test moves, 20 ms a frame."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypeVar

from voiceagent.audio.frame import FRAME_MS
from voiceagent.audio.playout import PlayoutBuffer
from voiceagent.background.line_responder import line_responder
from voiceagent.conversation.delegation import DelegationPackage, DelegationUpdate
from voiceagent.conversation.floor_signals import FloorProbabilities
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.outbound_opening import for_outbound
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import Reply
from voiceagent.core.ids import CallId, DelegationId, TenantId
from voiceagent.core.termination import Reason, Termination
from voiceagent.session import commands as do
from voiceagent.session.call_facts import CallFacts, OutboundFacts
from voiceagent.session.outbound_talk import OutboundTalk
from voiceagent.session.talk import Talk
from voiceagent.telephony.events import AgentSaid, CallEvent
from voiceagent.testing.floors import CALLER_SPEAKS, NOBODY, OUR_TURN
from voiceagent.testing.sample_profile import SAMPLE_REPLIES, SAMPLE_TIME, judge_by_list, sample_profile
from voiceagent.testing.scripted_responder import ScriptedResponder
from voiceagent.testing.tone_voice import rendered

_E = TypeVar("_E", bound=CallEvent)
_TURN_MS = 80
_FACTS = CallFacts(
    call_id=CallId("call_1"),
    tenant_id=TenantId("ten_1"),
    profile="sample",
    profile_version=1,
    caller="+4930123",
    transferable=True,
    answered_at=SAMPLE_TIME,
)


@dataclass(frozen=True, slots=True)
class _Spoken:
    text: str
    start_ms: int
    end_ms: int


class TalkStage:
    """Performs what the talk wants, as the session's shell does, and keeps a record of it.

    A request for the caller's final words is answered at once with the oldest of what `caller_says` left unheard.
    """

    def __init__(
        self,
        replies: Mapping[str, Reply] | None = None,
        profile: AgentProfile | None = None,
        *,
        calling: OutboundFacts | None = None,
        **facts: Any,
    ) -> None:
        """calling: of a call that we place."""
        numbers = count(1)
        self.profile = profile or sample_profile()
        self.responder = ScriptedResponder(replies or {})
        known = replace(_FACTS, **facts)
        offering = line_responder(self.responder, self.profile, known.caller)
        parts = (
            self.profile if calling is None else for_outbound(self.profile),
            known,
            offering,
            judge_by_list,
            lambda prefix: f"{prefix}_{next(numbers)}",
            _TURN_MS,
        )
        self.talk = Talk(*parts) if calling is None else OutboundTalk(*parts, outbound=calling)
        self.playout = PlayoutBuffer()
        self.now_ms = 0
        self.timeline: list[tuple[int, do.Command]] = []
        self.packages: list[DelegationPackage] = []
        self.transfers: list[do.TransferLeg] = []
        self.recording_since_ms: int | None = None
        self.ended: Termination | None = None
        self._unheard: deque[_Spoken] = deque()
        self._finals: deque[Recognised] = deque()

    # -- what happens -----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        self.perform(self.talk.begin())

    def run(self, ms: int, view: FloorProbabilities = NOBODY) -> None:
        """Let `ms` of the call pass with the model of this opinion."""
        for _ in range(ms // FRAME_MS):
            if self.ended is not None:
                return
            frame = self.playout.pull()
            self.now_ms += FRAME_MS
            if frame.started is not None:
                self.perform(self.talk.on_started(frame.started, self.now_ms))
            if frame.ended is not None:
                self.perform(self.talk.on_ended(frame.ended))
            if self.now_ms % _TURN_MS == 0:
                self.perform(self.talk.on_floor(view, self.now_ms, heard_ms=self.now_ms))

    def caller_says(self, text: str, ms: int, view: FloorProbabilities = CALLER_SPEAKS) -> None:
        """The caller speaks for `ms`; "" is a sound without words. The words become known when they are asked for."""
        spoken = _Spoken(text, self.now_ms, self.now_ms + ms)
        self._unheard.append(spoken)
        self.run(ms, view)

    def caller_asks(self, text: str = "opening hours") -> None:
        """The caller speaks for 800 ms and the model takes the floor in the next micro-turn."""
        self.caller_says(text, 800)
        self.run(_TURN_MS, OUR_TURN)

    def recogniser_closes(self) -> None:
        """The recogniser ends the caller's utterance by itself."""
        self._hear()
        self._drain()

    def recogniser_reads_the_pause(self, text: str) -> None:
        """The caller is silent, and these are the words so far."""
        so_far = Recognised(
            text=text, final=False, understood=bool(text), confidence=0.9, start_ms=self.now_ms, end_ms=self.now_ms
        )
        self.perform(self.talk.on_heard(so_far, self.now_ms))

    def key(self, digit: str) -> None:
        self.perform(self.talk.on_digit(digit, self.now_ms))

    def report(self, delegation_id: str, update: DelegationUpdate) -> None:
        """The background agent says something."""
        self.perform(self.talk.on_work(DelegationId(delegation_id), update, self.now_ms))

    def tell_transfer(self, sip_code: int) -> None:
        """The caller's phone says how its call to the target goes; 0: it could not be asked."""
        self.perform(self.talk.on_transfer(sip_code, self.now_ms))

    def leave(self, reason: Reason = Reason.CALLER_HUNG_UP) -> None:
        """The caller hangs up, or the call ends for another reason."""
        self.perform(self.talk.on_call_over(self.now_ms, reason))

    def lose_worker(self) -> None:
        self.perform(self.talk.on_worker_lost("wrk_1", "gone", self.now_ms))

    # -- what came of it --------------------------------------------------------------------------------------------

    @property
    def events(self) -> list[CallEvent]:
        return [command.event for _, command in self.timeline if isinstance(command, do.Note)]

    @property
    def said(self) -> list[str]:
        """What was heard of each utterance, "..." after those that were cut."""
        ends = [event for event in self.events if isinstance(event, AgentSaid)]
        return [event.played if event.completed else f"{event.played} ...".strip() for event in ends]

    def commanded(self, kind: type[do.Command]) -> list[int]:
        """When commands of a kind were given, in ms."""
        return [at_ms for at_ms, command in self.timeline if isinstance(command, kind)]

    def noted(self, kind: type[_E]) -> list[_E]:
        return [event for event in self.events if isinstance(event, kind)]

    # -- the shell --------------------------------------------------------------------------------------------------

    def perform(self, commands: list[do.Command]) -> None:
        """What the session shell would do; for steps that `run` does not take by itself."""
        for command in commands:
            self._perform_one(command)
        self._drain()

    def _perform_one(self, command: do.Command) -> None:
        self.timeline.append((self.now_ms, command))
        match command:
            case do.FinishHearing():
                self._hear()
            case do.StartWork(package=package):
                self.packages.append(package)
            case do.TransferLeg():
                self.transfers.append(command)
            case do.StartRecording():
                self.recording_since_ms = self.now_ms
            case do.EndCall(termination=termination):
                self.ended = self.ended or termination
            case _:
                self._play(command)

    def _play(self, command: do.Command) -> None:
        match command:
            case do.Say(plan=plan):
                sound = rendered(plan.text)
                self.playout.open(plan.utterance_id)
                self.playout.append(plan.utterance_id, sound.pcm, sound.words, last=True)
            case do.Duck():
                self.playout.duck()
            case do.Unduck():
                self.playout.unduck()
            case do.PauseSpeech():
                self.playout.pause()
            case do.ProceedSpeech():
                self.playout.proceed()
            case do.DropSpeech():
                for played in self.playout.drop():
                    self.perform(self.talk.on_ended(played))
            case _:
                pass

    def _hear(self) -> None:
        spoken = self._unheard.popleft() if self._unheard else _Spoken("", 0, 0)
        understood = bool(spoken.text)
        self._finals.append(
            Recognised(
                text=spoken.text,
                final=True,
                understood=understood,
                confidence=0.9 if understood else 0.0,
                start_ms=spoken.start_ms,
                end_ms=spoken.end_ms,
            )
        )

    def _drain(self) -> None:
        while self._finals:
            self.perform(self.talk.on_heard(self._finals.popleft(), self.now_ms))


def talking(facts: Mapping[str, Any] | None = None, **profile: Any) -> TalkStage:
    """A call whose opening is over, with consent by key at 2000 ms. It is 2640 ms and nobody speaks.

    facts: of the call, where they are others than usual.
    """
    stage = TalkStage(SAMPLE_REPLIES, sample_profile(**profile), **(facts or {}))
    stage.begin()
    stage.run(2000)
    stage.key("1")
    stage.run(640)
    return stage
