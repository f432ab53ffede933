"""One browser's call: signalling and media behind `session.ports.Leg`."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCSessionDescription
from aiortc.exceptions import InternalError as RtcInternalError, InvalidAccessError, InvalidStateError, OperationError

from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, Conflict, NoCapacity, Unavailable, VoiceagentError
from voiceagent.core.ids import LegId
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.webrtc.inbound import InboundAudio
from voiceagent.gateways.webrtc.options import WebRtcOptions
from voiceagent.gateways.webrtc.sdp import ask_for_fec
from voiceagent.gateways.webrtc.seam import tap_receiver
from voiceagent.gateways.webrtc.side_channel import SideChannel
from voiceagent.gateways.webrtc.track import AgentTrack, MediaPump
from voiceagent.session.ports import DigitPressed, HungUp, LegQuality, MediaExchange

_EVENT_LIMIT = 64
_CLOSE_TIMEOUT_S = 5.0
_GOODBYE_S = 0.2
_RTP_TICKS_PER_MS = 48
# What aiortc's parser and negotiation raise for SDP that looked right; hypothesis drives this list in the tests.
_NEGOTIATION_ERRORS = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RtcInternalError,
    InvalidAccessError,
    InvalidStateError,
    OperationError,
)

log = structlog.get_logger(__name__)


class WebRtcLeg:
    """A leg that has been offered; `answer` makes it a call, `hang_up` before that refuses it."""

    transport = "webrtc"
    transferable = False  # a browser has no REFER

    def __init__(self, *, leg_id: LegId, offer_sdp: str, options: WebRtcOptions, clock: Clock) -> None:
        self.leg_id = leg_id
        self._offer_sdp = offer_sdp
        self._options = options
        self._clock = clock
        self._peer: RTCPeerConnection | None = None
        self._track: AgentTrack | None = None
        self._inbound: InboundAudio | None = None
        self._side = SideChannel(on_digit=self._digit, on_hang_up=self._page_hung_up, clock=clock)
        self._events: asyncio.Queue[DigitPressed | HungUp] = asyncio.Queue(_EVENT_LIMIT)
        self._settled = asyncio.Event()  # there is an answer, or there will be none
        self._moved = asyncio.Event()  # connected, or ended
        self._answer_sdp = ""
        self._fault: BadInput | None = None
        self._termination: Termination | None = None
        self._closing = asyncio.Lock()
        self.dropped_events = 0

    # -- the session's side ---------------------------------------------------------------------------------------

    async def answer(self, media: MediaExchange) -> str:
        """Accept, connect and start the media clock; returns when sound flows. Raises BadInput, Conflict."""
        if self._peer is not None or self._termination is not None:
            raise Conflict("this leg has been answered or has ended")
        try:
            async with asyncio.timeout(self._options.connect_timeout_s):
                self._answer_sdp = await self._negotiate(media)
                self._settled.set()
                await self._moved.wait()
        except TimeoutError as error:
            detail = "no network path to the browser was found in time"
            await self.hang_up(Termination.because(Reason.MEDIA_LOST, detail))
            raise BadInput(detail) from error
        except _NEGOTIATION_ERRORS as error:
            self._fault = BadInput(f"the SDP offer cannot be answered: {error}")
            await self.hang_up(Termination.because(Reason.MALFORMED, type(error).__name__))
            raise self._fault from error
        if self._termination is not None:
            raise BadInput(f"the browser was gone before sound could flow: {self._termination.detail}")
        return "opus"

    async def hang_up(self, termination: Termination) -> None:
        """End or refuse the leg and free everything; harmless when it has ended."""
        self._end(termination)
        async with self._closing:
            peer, self._peer = self._peer, None
            if peer is None:
                return
            reason = self._termination.reason if self._termination else termination.reason  # the first one counts
            self._side.send({"type": "ended", "reason": reason})
            for _ in range(10):
                if self._side.is_flushed:
                    break
                await asyncio.sleep(_GOODBYE_S / 10)
            if self._track is not None:
                self._track.stop()
            try:
                async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                    await peer.close()
            except TimeoutError:
                log.warning("webrtc_close_timed_out", leg_id=self.leg_id)
            except Exception:
                log.exception("webrtc_close_failed", leg_id=self.leg_id)  # one call must not end the others

    async def transfer(self, target: str, reference: str) -> None:  # noqa: ARG002
        """Raises Conflict: there is no way to do it."""
        raise Conflict("a browser can not be transferred; offer to call back")

    async def events(self) -> AsyncIterator[DigitPressed | HungUp]:
        """Digits, then one HungUp."""
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def quality(self) -> LegQuality:
        """What the receiver counted so far."""
        receiver = self._receiver()
        if receiver is None:
            return LegQuality()
        for stats in (await receiver.getStats()).values():
            if stats.type == "inbound-rtp":
                return LegQuality(
                    packets_received=stats.packetsReceived,
                    packets_lost=max(0, stats.packetsLost),
                    jitter_ms=stats.jitter / _RTP_TICKS_PER_MS,
                )
        return LegQuality()

    def caption(self, *, speaker: str, text: str, final: bool) -> None:
        """Show words on the page. `speaker` is caller or agent; a page without data channel shows none."""
        self._side.send({"type": "caption", "speaker": speaker, "text": text, "final": final})

    # -- the gateway's side ---------------------------------------------------------------------------------------

    async def settled(self) -> str:
        """Wait for the decision: the answer's SDP. Raises BadInput; Conflict or Unavailable when it was refused."""
        await self._settled.wait()
        if self._fault is not None:
            raise self._fault
        if not self._answer_sdp:
            reason = self._termination.reason if self._termination else Reason.INTERNAL
            raise _refusal(reason)
        return self._answer_sdp

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _negotiate(self, media: MediaExchange) -> str:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # None would ask a public STUN server
        self._peer = peer
        peer.on("connectionstatechange", self._connection_changed)
        peer.on("datachannel", self._side.attach)
        self._inbound = InboundAudio()
        self._track = AgentTrack(
            MediaPump(media, self._inbound),
            clock=self._clock,
            silence_limit_ms=int(self._options.media_timeout_s * 1000),
            on_silence=lambda: self._end(Termination.because(Reason.MEDIA_LOST, "no packets from the browser")),
            on_failure=self._media_failed,
        )
        transceiver = peer.addTransceiver(self._track, direction="sendrecv")
        opus = [c for c in RTCRtpSender.getCapabilities("audio").codecs if c.mimeType.lower() == "audio/opus"]
        transceiver.setCodecPreferences(opus)
        tap_receiver(transceiver.receiver, self._inbound)
        await peer.setRemoteDescription(RTCSessionDescription(sdp=self._offer_sdp, type="offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return ask_for_fec(peer.localDescription.sdp)

    def _receiver(self) -> RTCRtpReceiver | None:
        return self._peer.getReceivers()[0] if self._peer is not None and self._peer.getReceivers() else None

    def _connection_changed(self) -> None:
        state = self._peer.connectionState if self._peer is not None else "closed"
        if state == "connected":
            self._moved.set()
        elif state == "failed":
            self._end(Termination.because(Reason.MEDIA_LOST, "the connection to the browser failed"))
        elif state == "closed":
            self._page_hung_up()

    def _page_hung_up(self) -> None:
        self._end(Termination.because(Reason.CALLER_HUNG_UP))

    def _media_failed(self, error: Exception) -> None:
        log.error("media_exchange_failed", leg_id=self.leg_id, exc_info=error)
        self._end(Termination.because(Reason.INTERNAL, type(error).__name__))

    def _digit(self, digit: str) -> None:
        if self._termination is None:
            self._emit(DigitPressed(digit=digit))

    def _end(self, termination: Termination) -> None:
        if self._termination is not None:
            return
        self._termination = termination
        self._emit(HungUp(termination=termination))
        self._settled.set()
        self._moved.set()

    def _emit(self, event: DigitPressed | HungUp) -> None:
        if self._events.full():
            self._events.get_nowait()  # the newest matters most, and HungUp above all
            self.dropped_events += 1
        self._events.put_nowait(event)


def _refusal(reason: Reason) -> VoiceagentError:
    """What the browser is told when the session ended the leg instead of answering it."""
    match reason:
        case Reason.NO_CAPACITY:
            return NoCapacity()
        case Reason.SHUTDOWN | Reason.WORKER_LOST | Reason.MEDIA_LOST | Reason.INTERNAL:
            return Unavailable(f"the call could not be taken: {reason}; try again shortly")
        case _:
            return Conflict(f"the call was refused: {reason}")
