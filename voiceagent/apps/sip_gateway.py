"""One SIP gateway cell: a few lines on a SIP port of its own."""

import asyncio

from voiceagent.apps.desk_calls import IncomingCall
from voiceagent.apps.dialling import place_calls
from voiceagent.apps.gateway_host import gateway_host
from voiceagent.apps.platform_ports import rtp_ports_per_cell
from voiceagent.apps.process import ProcessContext, run_process
from voiceagent.core.clock import SystemClock
from voiceagent.gateways.sip.gateway import SipGateway
from voiceagent.gateways.sip.leg import SipLeg
from voiceagent.gateways.sip.offer import Refusal, SipOffer
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.telephony.events import CallRefused


def options_of(context: ProcessContext) -> SipOptions:
    """This cell's options: each cell has its own SIP port and RTP range."""
    sip, index = context.settings.sip, context.index
    span = rtp_ports_per_cell(sip.lines_per_cell)
    left = sip.lines - index * sip.lines_per_cell
    return SipOptions(
        host=sip.host,
        public_host=sip.public_host,
        sip_port=sip.port + index,
        rtp_port=sip.rtp_port + index * span,
        rtp_port_count=span,
        codecs=sip.codecs,
        lines=min(sip.lines_per_cell, left),
        media_timeout_s=sip.media_timeout_s,
        nice=sip.nice,
        nonce_secret=context.secrets.sip_nonce_key.encode(),
        user_agent="voiceagent",
        drop_strangers=sip.strangers == "drop",
    )


async def main(context: ProcessContext) -> None:
    """Answer SIP calls until told to stop; running calls get a moment to finish."""
    options = options_of(context)
    async with gateway_host(context, "sip", options.lines) as host:

        async def on_call(offer: SipOffer, leg: SipLeg) -> None:
            await host.desk.serve(
                IncomingCall(
                    transport="sip",
                    caller=offer.caller,
                    callee=offer.callee,
                    trunk=offer.trunk_name,
                    profile=offer.profile,
                    sip_call_id=offer.sip_call_id,
                ),
                leg,
            )

        async def on_refused(refusal: Refusal) -> None:
            incoming = IncomingCall(
                transport="sip",
                caller=refusal.caller,
                callee=refusal.callee,
                trunk=refusal.trunk_name,
                profile="",
                sip_call_id=refusal.sip_call_id,
            )
            refused = CallRefused(
                sip_code=refusal.sip_code,
                reason=refusal.reason,
                explanation=refusal.explanation,
                source=refusal.source,
            )
            await host.desk.refuse(incoming, refused)

        async with SipGateway(
            options,
            directory_source=lambda: host.routing.directory,
            on_call=on_call,
            on_refused=on_refused,
            clock=SystemClock(),
        ) as gateway:
            async with asyncio.TaskGroup() as tasks:
                placing = tasks.create_task(place_calls(host, gateway))
                context.ready()
                await context.stop.wait()
                placing.cancel()
            gateway.drain()
            await host.drain()


if __name__ == "__main__":
    run_process("sip_gateway", main)
