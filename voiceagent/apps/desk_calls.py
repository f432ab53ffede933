"""The calls that come to a gateway's desk, and how the log of each begins."""

from dataclasses import dataclass, replace

from voiceagent.compliance.rules.rules import Rules
from voiceagent.conversation.profile import AgentProfile, WordsKept
from voiceagent.core.ids import CallId
from voiceagent.session.call_facts import OutboundFacts
from voiceagent.telephony.events import CallStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingCall:
    """What signalling says of a call."""

    transport: str  # sip | webrtc
    caller: str
    callee: str
    trunk: str
    profile: str
    sip_call_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingCall:
    """A call that we place: what the gate allowed, and over which trunk."""

    call_id: CallId
    line: str  # our number that they see
    callee: str  # PII
    number_hash: str
    trunk: str
    profile: str
    purpose: str
    campaign: str
    decision_id: str

    @property
    def facts(self) -> OutboundFacts:
        """What an opt-out is entered under."""
        return OutboundFacts(number_hash=self.number_hash, campaign=self.campaign)


DeskCall = IncomingCall | OutgoingCall


def person_of(call: DeskCall) -> str:
    """The number at the other end."""
    return call.callee if isinstance(call, OutgoingCall) else call.caller


def started(call: DeskCall, profile: AgentProfile | None, rules: Rules) -> CallStarted:
    """The first event. `profile` is None for a call that is turned away; no rules are asked for it then."""
    event = CallStarted(
        direction="inbound",
        transport="sip",
        caller="",
        callee=call.callee,
        trunk=call.trunk,
        profile=call.profile,
        profile_version=profile.version if profile else 0,
        write_back=profile is not None and profile.write_back,
        rules=rules.names,
        rules_sha256=rules.sha256 if rules.packs else "",
        recording_mode=rules.recording if rules.packs else "",
        words=profile.records.words.value if profile is not None else WordsKept.REDACTED.value,
    )
    if isinstance(call, IncomingCall):
        return replace(event, transport=call.transport, caller=call.caller, sip_call_id=call.sip_call_id)
    return replace(
        event,
        direction="outbound",
        caller=call.line,
        purpose=call.purpose,
        campaign=call.campaign,
        decision_id=call.decision_id,
    )
