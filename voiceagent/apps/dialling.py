"""A SIP gateway process that places calls: each order becomes a leg with a session, or a record of why not."""

from functools import partial
from typing import Final

import structlog

from voiceagent.apps.desk_calls import OutgoingCall
from voiceagent.apps.gateway_host import GatewayHost
from voiceagent.control.commands import DialCall
from voiceagent.core.errors import NoCapacity
from voiceagent.core.termination import Reason
from voiceagent.gateways.sip.gateway import SipGateway
from voiceagent.gateways.sip.outbound_leg import DialOrder, OutboundLeg
from voiceagent.telephony.events import CallRefused
from voiceagent.telephony.routing import DialPeer

_log = structlog.get_logger(__name__)
_NO_TRUNK: Final = "the trunk has no `outbound` address any more: add it to the settings"


async def place_calls(host: GatewayHost, gateway: SipGateway) -> None:
    """Until cancelled."""
    while True:
        command = await host.orders.get()
        try:
            await _place(host, gateway, command)
        except Exception:  # noqa: BLE001 - one call that cannot be placed must not keep the next from it
            _log.exception("call could not be placed", call_id=command.call_id)


async def _place(host: GatewayHost, gateway: SipGateway, command: DialCall) -> None:
    call = _call_of(command)
    peer = host.routing.directory.peer(command.trunk)
    if peer is None:
        refused = CallRefused(sip_code=403, reason=Reason.UNKNOWN_TRUNK, explanation=_NO_TRUNK)
        await host.desk.refuse(call, refused)
        return

    async def on_leg(leg: OutboundLeg) -> None:
        await host.desk.dial(call, leg)

    try:
        gateway.dial(_order_of(host, call, peer), on_leg)
    except NoCapacity as error:
        await host.desk.refuse(call, CallRefused(sip_code=503, reason=Reason.NO_CAPACITY, explanation=str(error)))


def _call_of(command: DialCall) -> OutgoingCall:
    return OutgoingCall(
        call_id=command.call_id,
        line=command.line,
        callee=command.callee,
        number_hash=command.number_hash,
        trunk=command.trunk,
        profile=command.profile,
        purpose=command.purpose,
        campaign=command.campaign,
        decision_id=command.decision_id,
    )


def _order_of(host: GatewayHost, call: OutgoingCall, peer: DialPeer) -> DialOrder:
    return DialOrder(
        callee=call.callee,
        line=call.line,
        address=peer.address,
        permit=partial(host.dials.claim, host.tenant_id, call.call_id),
        username=peer.username,
        password=peer.password,
        ring_timeout_s=peer.ring_timeout_s,
    )
