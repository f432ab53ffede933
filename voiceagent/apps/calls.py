"""What happens to a call that a gateway admitted or places, whatever its transport: wire a session and run it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from voiceagent.apps.desk_calls import DeskCall, IncomingCall, OutgoingCall, person_of, started
from voiceagent.background.line_responder import line_responder
from voiceagent.background.responder import ProfileResponder
from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.compliance.redaction.entities import EntityFinder
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.inbound import rules_of_call, under_rules
from voiceagent.compliance.rules.place import Place
from voiceagent.compliance.rules.rules import NOTHING_SAID, Rules
from voiceagent.config.time_zones import time_zone
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.outbound_opening import for_outbound
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.clock import Clock
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.core.termination import Reason, Termination
from voiceagent.interaction.contract import SessionContext
from voiceagent.records.recording import StereoRecorder
from voiceagent.session.call_facts import CallFacts
from voiceagent.session.outbound_talk import OutboundTalk
from voiceagent.session.parts import SessionParts
from voiceagent.session.ports import BackgroundAgent, DialledLeg, InteractionWorkers, Journal, Leg, OptOuts, Recorder
from voiceagent.session.session import CallSession
from voiceagent.session.talk import Talk
from voiceagent.speech.contract import SpeechChunk
from voiceagent.speech.grammar import consent_hints
from voiceagent.telephony.events import CallEnded, CallEvent, CallRefused, LegDialled, LegRinging

_log = structlog.get_logger(__name__)


class MakeJournal(Protocol):
    """Opens the journal of a call; not `live` when there will be nothing to follow."""

    def __call__(self, call_id: CallId, *, live: bool = True) -> Journal: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDeskParts:
    """What all calls of one gateway process share."""

    tenant_id: TenantId
    clock: Clock
    make_workers: Callable[[CallId], InteractionWorkers]
    agent: BackgroundAgent
    make_journal: MakeJournal
    find_profile: Callable[[str], AgentProfile | None]
    find_prompts: Callable[[AgentProfile], Mapping[str, SpeechChunk]]  # text -> audio
    recordings: Path
    rules: RuleBook
    home: Place | None  # where our side of calls is; None: where the called number belongs
    on_change: Callable[[], None]  # a call began or ended
    opt_outs: Callable[[CallId], OptOuts] | None = None  # None: this gateway places no calls
    finder: EntityFinder | None = None  # of personal data, beside our own rules


OnEvent = Callable[[CallEvent], None]


class Watched:
    """A journal that also shows each event to a watcher, as it may be recorded."""

    def __init__(self, journal: Journal, on_event: OnEvent) -> None:
        self._journal = journal
        self._on_event = on_event

    def append(self, event: CallEvent) -> None:
        self._journal.append(event)
        self._on_event(event)

    async def flush(self, timeout_s: float) -> bool:
        return await self._journal.flush(timeout_s)


class CallDesk:
    """Runs the calls of one gateway process."""

    def __init__(self, parts: CallDeskParts) -> None:
        self._parts = parts
        self._running: dict[CallId, CallSession] = {}
        self.idle = asyncio.Event()
        self.idle.set()

    @property
    def running(self) -> dict[CallId, TenantId]:
        """The calls that run now and whose they are."""
        return dict.fromkeys(self._running, self._parts.tenant_id)

    def hang_up(self, call_id: CallId) -> bool:
        """An operator ends a call; False when it does not run here."""
        session = self._running.get(call_id)
        if session is not None:
            session.request_end(Termination.because(Reason.OPERATOR_HUNG_UP))
        return session is not None

    def hang_up_all(self, reason: Reason) -> None:
        for session in self._running.values():
            session.request_end(Termination.because(reason))

    async def serve(self, incoming: IncomingCall, leg: Leg, on_event: OnEvent = lambda _: None) -> Termination:
        """One call from its first event to its last; `on_event` sees each as it is recorded."""
        return await self._run(CallId(new_id("call")), incoming, leg, on_event, lambda _: None)

    async def dial(self, outgoing: OutgoingCall, leg: DialledLeg) -> Termination:
        """The same of a call that we place: its agent is there before anybody is dialled."""
        return await self._run(outgoing.call_id, outgoing, leg, lambda _: None, lambda journal: _follow(leg, journal))

    async def refuse(self, call: DeskCall, refused: CallRefused) -> None:
        """A call that was turned away leaves a record too: started, refused, ended."""
        call_id = call.call_id if isinstance(call, OutgoingCall) else CallId(new_id("call"))
        journal = self._parts.make_journal(call_id, live=False)
        journal.append(started(call, None, NOTHING_SAID))
        journal.append(refused)
        why = Termination.because(refused.reason, refused.explanation)
        journal.append(CallEnded(result=why.result, reason=why.reason, detail=why.detail))

    async def _run(
        self, call_id: CallId, call: DeskCall, leg: Leg, on_event: OnEvent, follow: Callable[[Journal], None]
    ) -> Termination:
        with structlog.contextvars.bound_contextvars(call_id=call_id):
            published = self._parts.find_profile(call.profile)
            if published is None or (isinstance(call, OutgoingCall) and published.outbound is None):
                return await self._refuse_unknown_profile(call, leg)
            rules = self._rules_of(call)
            published = under_rules(published, rules)
            profile = for_outbound(published) if isinstance(call, OutgoingCall) else published
            journal = Watched(self._parts.make_journal(call_id), on_event)
            journal.append(started(call, profile, rules))
            follow(journal)
            session = self._session(call_id, call, profile, leg, journal, self._parts.find_prompts(published))
            self._running[call_id] = session
            self.idle.clear()
            self._parts.on_change()
            try:
                return await session.run()
            finally:
                del self._running[call_id]
                if not self._running:
                    self.idle.set()
                self._parts.on_change()

    def _rules_of(self, call: DeskCall) -> Rules:
        parts = self._parts
        today = parts.clock.now().date()
        ours = call.line if isinstance(call, OutgoingCall) else call.callee
        return rules_of_call(parts.rules, caller=person_of(call), callee=ours, home=parts.home, today=today)

    async def _refuse_unknown_profile(self, call: DeskCall, leg: Leg) -> Termination:
        reason = Reason.UNKNOWN_NUMBER
        explanation = f"there is no agent profile {call.profile!r}: add it to `profiles` and start again"
        if isinstance(call, OutgoingCall):
            reason = Reason.UNKNOWN_AGENT
            explanation = f"no agent profile {call.profile!r} with an `outbound` section is published: add one"
        await self.refuse(call, CallRefused(sip_code=404, reason=reason, explanation=explanation))
        termination = Termination.because(reason, explanation)
        await leg.hang_up(termination)
        return termination

    def _session(
        self,
        call_id: CallId,
        call: DeskCall,
        profile: AgentProfile,
        leg: Leg,
        journal: Journal,
        prompts: Mapping[str, SpeechChunk],
    ) -> CallSession:
        parts = self._parts
        today = parts.clock.now().astimezone(time_zone(profile.timezone)).date()
        responder = line_responder(ProfileResponder(profile, today), profile, person_of(call))

        def make_recorder(start_ms: int) -> tuple[str, Recorder]:
            recording_id = new_id("rec")
            return recording_id, StereoRecorder(parts.recordings, call_id, recording_id, start_ms)

        def make_clip(start_ms: int) -> tuple[str, Recorder]:
            clip_id = new_id("clip")
            return clip_id, StereoRecorder(parts.recordings, call_id, clip_id, start_ms)

        def make_talk(turn_ms: int) -> Talk:
            facts = CallFacts(
                call_id=call_id,
                tenant_id=parts.tenant_id,
                profile=profile.name,
                profile_version=profile.version,
                caller=person_of(call),
                transferable=leg.transferable,
                answered_at=parts.clock.now(),
            )
            if isinstance(call, OutgoingCall):
                return OutboundTalk(profile, facts, responder, judge_consent, new_id, turn_ms, outbound=call.facts)
            return Talk(profile, facts, responder, judge_consent, new_id, turn_ms)

        return CallSession(
            SessionParts(
                leg=leg,
                context=SessionContext(language=profile.language, voice=profile.voice),
                workers=parts.make_workers(call_id),
                journal=journal,
                responder=responder,
                consent_hints=consent_hints(profile),
                agent=parts.agent,
                prompts=prompts,
                make_recorder=make_recorder,
                make_clip=make_clip,
                make_talk=make_talk,
                outbound=isinstance(call, OutgoingCall),
                opt_outs=parts.opt_outs(call_id) if parts.opt_outs is not None else None,
                redaction=CallRedaction(profile.records, parts.finder),
            )
        )


def _follow(leg: DialledLeg, journal: Journal) -> None:
    """Write down how far the dialling is."""

    def dialled(sip_call_id: str) -> None:
        journal.append(LegDialled(leg_id=leg.leg_id, sip_call_id=sip_call_id))

    leg.progress.on_dialled = dialled
    leg.progress.on_ringing = lambda: journal.append(LegRinging(leg_id=leg.leg_id))
