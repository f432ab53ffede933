"""The WebRTC gateway: browser calls through the same call session, and the talk page."""

from voiceagent.apps.desk_calls import IncomingCall
from voiceagent.apps.gateway_host import gateway_host
from voiceagent.apps.http_serving import serve_http
from voiceagent.apps.process import ProcessContext, run_process
from voiceagent.core.clock import SystemClock
from voiceagent.gateways.webrtc.app import create_talk_app
from voiceagent.gateways.webrtc.gateway import WebRtcGateway, WebRtcOffer
from voiceagent.gateways.webrtc.leg import WebRtcLeg
from voiceagent.gateways.webrtc.options import WebRtcOptions
from voiceagent.gateways.webrtc.tokens import TalkTokens
from voiceagent.telephony.events import AgentSaid, CallerSaid, CallEvent


async def main(context: ProcessContext) -> None:
    """Answer browser calls until told to stop."""
    clock = SystemClock()
    # Loopback is where a browser on this very machine is; aioice leaves it out unless it is named.
    loopback_only = context.settings.webrtc.host in ("127.0.0.1", "localhost")
    options = WebRtcOptions(host_addresses=("127.0.0.1",) if loopback_only else ())
    async with gateway_host(context, "webrtc", options.max_calls) as host:

        async def on_call(offer: WebRtcOffer, leg: WebRtcLeg) -> None:
            await host.desk.serve(
                IncomingCall(
                    transport="webrtc",
                    caller=offer.pii_subject or "browser",
                    callee="talk",
                    trunk="",
                    profile=offer.profile,
                ),
                leg,
                on_event=lambda event: _caption(leg, event),
            )

        async with WebRtcGateway(on_call=on_call, options=options, clock=clock) as gateway:
            app = create_talk_app(gateway=gateway, tokens=TalkTokens(context.secrets.webrtc_key.encode()), clock=clock)
            await serve_http(app, context.settings.webrtc, context)
            await host.drain()


def _caption(leg: WebRtcLeg, event: CallEvent) -> None:
    """Show on the page what was said, as far as it may be recorded."""
    match event:
        case AgentSaid(played=text) if text:
            leg.caption(speaker="agent", text=text, final=True)
        case CallerSaid(text=text) if text:
            leg.caption(speaker="caller", text=text, final=True)
        case _:
            pass


if __name__ == "__main__":
    run_process("webrtc_gateway", main)
