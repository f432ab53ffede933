"""Meets INVITEs on the SIP thread: rings, challenges or refuses at once.

A refused call gives its line back before the next INVITE is read: strangers cannot occupy all of them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from voiceagent.core.termination import Reason
from voiceagent.gateways.sip.admission import Admission, Challenge
from voiceagent.gateways.sip.call import LineCall
from voiceagent.gateways.sip.invite import Invite, parse_invite
from voiceagent.gateways.sip.line_event import LineId
from voiceagent.gateways.sip.machine import SipMachine
from voiceagent.gateways.sip.mishaps import describe
from voiceagent.gateways.sip.offer import Refusal, SipOffer
from voiceagent.gateways.sip.operation import Headers
from voiceagent.telephony import causes
from voiceagent.telephony.routing import Accepted, Refused

_BY_LIBRARY = {
    Reason.NO_CAPACITY: "every line of this gateway cell is in use: add cells (`--lines`) or a proxy over more of them",
    Reason.UNSUPPORTED_CODEC: "the offer has no codec in common with ours: allow PCMU, PCMA or G722 on the trunk",
    Reason.MALFORMED: "the INVITE or its SDP cannot be parsed: look at what the carrier sends",
}
_BY_LIBRARY_AND_CODE = {
    415: "the body of the INVITE is no SDP: have the carrier send `Content-Type: application/sdp` alone",
    420: "the INVITE demands an extension (`Require`) that this gateway does not have: turn it off on the trunk",
    422: "the session timer is too short: have the carrier send a `Session-Expires` of 90 s or more, or none",
    480: "a `sips:` address asks for TLS on every hop, which this gateway lacks: call `sip:`, or end TLS at a proxy",
    481: "the INVITE names a call that this gateway does not have (`Replaces`): have it sent as a new one",
}


class FrontDoor:
    """A Doorman: runs on the SIP thread; `on_offer` and `on_refusal` carry values to asyncio."""

    def __init__(
        self,
        admission: Admission,
        *,
        on_offer: Callable[[LineId, SipOffer], None],
        on_refusal: Callable[[Refusal], None],
    ) -> None:
        self.draining = False  # set from asyncio: a flag needs no lock
        self.challenged = 0
        self._admission = admission
        self._on_offer = on_offer
        self._on_refusal = on_refusal

    def invited(self, machine: SipMachine, account: Any, slot: int, message: str, source: str) -> None:
        """Judge an INVITE."""
        invite = parse_invite(message, source)
        decision = self._judge(machine, invite)
        call = machine.lines.receive(account, slot)
        match decision:
            case Accepted(trunk=trunk, number=number):
                call.respond(180)
                offer = SipOffer(
                    caller=invite.caller,
                    callee=number.number,
                    trunk_name=trunk.name,
                    profile=number.profile,
                    sip_call_id=invite.sip_call_id,
                    source=invite.source,
                )
                self._on_offer(call.line_id, offer)
            case Challenge(headers=headers):
                self.challenged += 1
                _refuse(machine, call, invite, 401, tuple(("WWW-Authenticate", value) for value in headers))
            case Refused(sip_code=code):
                later = (("Retry-After", str(machine.options.retry_after_s)),) if causes.wants_retry_after(code) else ()
                _refuse(machine, call, invite, code, later)
                self._on_refusal(_refusal(invite, decision, decision.trunk_name))

    def turned_away(self, sip_code: int, message: str, source: str) -> None:
        """The library has refused an INVITE by itself; all that is left is to say so."""
        invite = parse_invite(message, source)
        reason = causes.refusal_reason(sip_code)
        by_itself = f"the SIP library answered {sip_code} by itself"
        explanation = _BY_LIBRARY_AND_CODE.get(sip_code) or _BY_LIBRARY.get(reason, by_itself)
        refused = Refused(sip_code=sip_code, reason=reason, explanation=explanation)
        self._on_refusal(_refusal(invite, refused, self._admission.trunk_name(invite)))

    def _judge(self, machine: SipMachine, invite: Invite) -> Accepted | Challenge | Refused:
        try:
            decision = self._admission.judge(invite)
        except Exception as error:
            machine.mishaps.add("admission", describe(error))
            return Refused(
                sip_code=500,
                reason=Reason.INTERNAL,
                explanation="the directory of trunks and numbers could not be read: see this gateway's log",
            )
        return self._room(machine, decision) if isinstance(decision, Accepted) else decision

    def _room(self, machine: SipMachine, accepted: Accepted) -> Accepted | Refused:
        """The same decision while there is a line for the call; the library does not count the call itself yet."""
        if self.draining:
            return Refused(
                sip_code=503,
                reason=Reason.SHUTDOWN,
                explanation="this gateway is being shut down and takes no new calls",
                trunk_name=accepted.trunk.name,
            )
        if machine.busy_lines() >= machine.capacity:
            return Refused(
                sip_code=503,
                reason=Reason.NO_CAPACITY,
                explanation=_BY_LIBRARY[Reason.NO_CAPACITY],
                trunk_name=accepted.trunk.name,
            )
        return accepted


def _refuse(machine: SipMachine, call: LineCall, invite: Invite, sip_code: int, headers: Headers) -> None:
    """At once, so that the line is free again; for an INVITE without an offer that would make the library abort."""
    if invite.has_offer:
        call.refuse(sip_code, "", headers)
    else:
        machine.afterwards(partial(machine.lines.refuse, call.line_id, sip_code, headers))


def _refusal(invite: Invite, refused: Refused, trunk_name: str) -> Refusal:
    return Refusal(
        caller=invite.caller,
        callee=invite.callee,
        trunk_name=trunk_name,
        sip_call_id=invite.sip_call_id,
        source=invite.source,
        sip_code=refused.sip_code,
        reason=refused.reason,
        explanation=refused.explanation,
    )
