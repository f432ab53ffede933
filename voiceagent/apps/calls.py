"""What happens to a call that a gateway admitted, whatever its transport: wire a session for it and run it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from voiceagent.background.line_responder import line_responder
from voiceagent.background.responder import ProfileResponder
from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.inbound import rules_of_call, under_rules
from voiceagent.compliance.rules.place import Place
from voiceagent.compliance.rules.rules import NOTHING_SAID, Rules
from voiceagent.config.time_zones import time_zone
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.profile import AgentProfile, WordsKept
from voiceagent.core.clock import Clock
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.core.termination import Reason, Termination
from voiceagent.interaction.contract import SessionContext
from voiceagent.records.recording import StereoRecorder
from voiceagent.session.call_facts import CallFacts
from voiceagent.session.parts import SessionParts
from voiceagent.session.ports import BackgroundAgent, InteractionWorkers, Journal, Leg, Recorder
from voiceagent.session.session import CallSession
from voiceagent.session.talk import Talk
from voiceagent.speech.contract import SpeechChunk
from voiceagent.speech.grammar import consent_hints
from voiceagent.telephony.events import CallEnded, CallEvent, CallRefused, CallStarted

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingCall:
    """What signalling says of a call."""

    transport: str  # sip | webrtc
    caller: str
    callee: str
    trunk: str
    profile: str
    sip_call_id: str = ""


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
        call_id = CallId(new_id("call"))
        with structlog.contextvars.bound_contextvars(call_id=call_id):
            profile = self._parts.find_profile(incoming.profile)
            if profile is None:
                return await self._refuse_unknown_profile(incoming, leg)
            journal = Watched(self._parts.make_journal(call_id), on_event)
            rules = self._rules_of(incoming)
            profile = under_rules(profile, rules)
            journal.append(_started(incoming, profile, rules))
            session = self._session(call_id, incoming, profile, leg, journal)
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

    async def refuse(self, incoming: IncomingCall, refused: CallRefused) -> None:
        """A call that was turned away leaves a record too: started, refused, ended."""
        journal = self._parts.make_journal(CallId(new_id("call")), live=False)
        journal.append(_started(incoming, None, NOTHING_SAID))
        journal.append(refused)
        why = Termination.because(refused.reason, refused.explanation)
        journal.append(CallEnded(result=why.result, reason=why.reason, detail=why.detail))

    def _rules_of(self, incoming: IncomingCall) -> Rules:
        parts = self._parts
        today = parts.clock.now().date()
        return rules_of_call(parts.rules, caller=incoming.caller, callee=incoming.callee, home=parts.home, today=today)

    async def _refuse_unknown_profile(self, incoming: IncomingCall, leg: Leg) -> Termination:
        explanation = f"there is no agent profile {incoming.profile!r}: add it to `profiles` and start again"
        await self.refuse(incoming, CallRefused(sip_code=404, reason=Reason.UNKNOWN_NUMBER, explanation=explanation))
        termination = Termination.because(Reason.UNKNOWN_NUMBER, explanation)
        await leg.hang_up(termination)
        return termination

    def _session(
        self, call_id: CallId, incoming: IncomingCall, profile: AgentProfile, leg: Leg, journal: Journal
    ) -> CallSession:
        parts = self._parts
        today = parts.clock.now().astimezone(time_zone(profile.timezone)).date()
        responder = line_responder(ProfileResponder(profile, today), profile, incoming.caller)

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
                caller=incoming.caller,
                transferable=leg.transferable,
                answered_at=parts.clock.now(),
            )
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
                prompts=parts.find_prompts(profile),
                make_recorder=make_recorder,
                make_clip=make_clip,
                make_talk=make_talk,
                redaction=CallRedaction(profile.records),
            )
        )


def _started(incoming: IncomingCall, profile: AgentProfile | None, rules: Rules) -> CallStarted:
    """`profile` is None for a call that is turned away; no rules are asked for it then."""
    return CallStarted(
        direction="inbound",
        transport=incoming.transport,
        caller=incoming.caller,
        callee=incoming.callee,
        trunk=incoming.trunk,
        profile=incoming.profile,
        profile_version=profile.version if profile else 0,
        sip_call_id=incoming.sip_call_id,
        write_back=profile is not None and profile.write_back,
        rules=rules.names,
        rules_sha256=rules.sha256 if rules.packs else "",
        recording_mode=rules.recording if rules.packs else "",
        words=profile.records.words.value if profile is not None else WordsKept.REDACTED.value,
    )
