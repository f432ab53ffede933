"""One call as the library sees it. Lives on the SIP thread only; the last reference dies in onCallState(DISCONNECTED).

A Call object that outlives its call hangs up whichever call gets its slot next, so nobody but `Lines` may hold one.
"""

from collections.abc import Callable
from typing import Any, Protocol

import pjsua2 as pj

from voiceagent.core.clock import Clock
from voiceagent.core.errors import Conflict
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.sip.audio_line import audio_of
from voiceagent.gateways.sip.line_event import (
    LineDigit,
    LineEnded,
    LineEvent,
    LineId,
    LineMedia,
    LineRinging,
    LineTransfer,
)
from voiceagent.gateways.sip.media_port import MediaPort, PortPool
from voiceagent.gateways.sip.media_watch import MediaWatch, StreamCounters
from voiceagent.gateways.sip.mishaps import Mishaps, describe, guarded
from voiceagent.gateways.sip.operation import Headers, call_operation
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.session.ports import LegQuality, MediaExchange
from voiceagent.telephony import causes

Emit = Callable[[LineId, LineEvent], None]
# `getAudioMedia` counts what is enabled, everything else m-lines: a video line that was turned down makes them differ
_FIRST_AUDIO = -1


class LineKeeper(Protocol):
    """What a call needs from the owner of all calls."""

    options: SipOptions
    clock: Clock
    mishaps: Mishaps
    ports: PortPool
    emit: Emit

    def forget(self, line_id: LineId) -> None:
        """Drop the last reference to that call."""
        ...


class LineCall(pj.Call):  # type: ignore[misc]  # the library is untyped
    """An incoming or outgoing call with its media port. Methods are called on the SIP thread."""

    def __init__(self, account: Any, keeper: LineKeeper, slot: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, slot)
        self.mishaps = keeper.mishaps
        self.line_id = LineId(slot=slot, sip_call_id="")
        self.incoming = slot != pj.PJSUA_INVALID_ID
        self.answered = False
        self._keeper = keeper
        self._exchange: MediaExchange | None = None
        self._port: MediaPort | None = None
        self._audio_index = -1
        self._held = False
        self._accepting = False
        self._ending: Termination | None = None
        self.ended = False  # it has told so
        self._watch: MediaWatch | None = None
        if self.incoming:
            self.name_line()

    def name_line(self) -> LineId:
        """Read the slot and Call-ID; an outgoing call has them once the INVITE was made."""
        info = self.getInfo()
        self.line_id = LineId(slot=info.id, sip_call_id=info.callIdString)
        return self.line_id

    # -- commands -------------------------------------------------------------------------------------------------

    def connect(self, exchange: MediaExchange) -> None:
        """Use `exchange` as soon as media runs. Raises Conflict when the call has one already."""
        if self._exchange is not None or self._ending is not None:
            raise Conflict("the leg was already answered or is ending")
        self._exchange = exchange

    def respond(self, sip_code: int, phrase: str = "", headers: Headers = ()) -> None:
        """Answer the INVITE."""
        self.answer(call_operation(sip_code, phrase, headers))

    def accept(self) -> None:
        """Answer 200 OK. Raises the library's error when it has refused the call instead."""
        self._accepting = True
        try:
            self.respond(200)
        finally:
            self._accepting = False

    def refuse(self, sip_code: int, phrase: str = "", headers: Headers = ()) -> None:
        """Answer the INVITE with a final no, before anybody was told of the call. hangup() would drop the headers."""
        self._ending = Termination.because(Reason.INTERNAL)  # never reported: there is nobody to tell
        self.respond(sip_code, phrase, headers)

    def end(self, termination: Termination) -> None:
        """Take the call down because of `termination`. Media stops at once; harmless when already ending."""
        if self._ending is not None or self.ended:
            return
        try:
            self._poll_media()
            self._part()
        except Exception as error:
            self.mishaps.add("end", describe(error))
        self._ending = termination
        self._report_end(termination, 0, "")
        if self.incoming and not self.answered:
            code, phrase = causes.refusal_status(termination.reason)
            later = (
                (("Retry-After", str(self._keeper.options.retry_after_s)),) if causes.wants_retry_after(code) else ()
            )
            self.respond(code, phrase, later)
        else:
            self.hangup(call_operation(headers=(("Reason", causes.reason_header(termination)),)))

    def hold(self, *, on: bool) -> None:
        """Send a re-INVITE that puts the far end on hold or takes it back."""
        operation = call_operation()
        if on:
            self.setHold(operation)
        else:
            operation.opt.flag = pj.PJSUA_CALL_UNHOLD
            self.reinvite(operation)

    def transfer(self, target: str, headers: Headers) -> None:
        """Send a REFER with that Refer-To (RFC 3515); the far end tells what it came to."""
        self.xfer(target, call_operation(headers=headers))
        if self._watch is not None:
            self._watch.referred()

    def poll(self) -> None:
        """Look at the media counters; ends the call when no RTP has come for too long."""
        if self._poll_media():
            seconds = self._keeper.options.media_timeout_s
            self.end(Termination.because(Reason.MEDIA_LOST, f"no RTP for {seconds:g} s"))

    def quality(self) -> LegQuality:
        """Counters up to now."""
        self._poll_media()
        return self._watch.quality() if self._watch else LegQuality()

    # -- library callbacks ----------------------------------------------------------------------------------------

    @guarded
    def onCallState(self, _prm: Any) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and not self.incoming and self._ending is None:
            self._emit(LineRinging(sip_code=info.lastStatusCode))
        elif info.state in {pj.PJSIP_INV_STATE_CONNECTING, pj.PJSIP_INV_STATE_CONFIRMED}:
            self._taken()
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            try:
                self._disconnected(info.lastStatusCode, info.lastReason)
            finally:
                self._keeper.forget(self.line_id)

    @guarded
    def onCallMediaState(self, _prm: Any) -> None:
        if self.incoming or self.answered:
            self._media_changed()

    def _taken(self) -> None:
        """The call is up. Media of a call of ours counts from here on: before it is a ringing tone."""
        before, self.answered = self.answered, True
        if not (before or self.incoming):
            self._media_changed()

    def _media_changed(self) -> None:
        self._audio_index, self._held, waits = audio_of(self.getInfo())
        if self._exchange is None or self._ending is not None:
            return
        if self._audio_index >= 0 or waits:  # a call may be on hold from its first offer on, and has no stream then
            self._plug_in()
        if self._port is not None:
            codec = self.getStreamInfo(self._audio_index).codecName if self._audio_index >= 0 else ""
            self._emit(LineMedia(codec=codec, held=self._held))

    @guarded
    def onStreamDestroyed(self, prm: Any) -> None:
        """The last moment at which the counters of a stream can be read, and at which its end can be put off.

        The library has asked the bridge to drop the stream, which happens on the clock thread at its next tick, and
        closes the stream's socket as soon as this returns. A frame that is on its way to the socket by then aborts
        the process (pjproject #5016, fixed after this release): so the clock is given time to drop the stream first.
        """
        try:
            if prm.streamIdx == self._audio_index:
                self._poll_media()
        finally:
            self._audio_index = -1
            if self._port is not None and not self._port.outlast_tick():
                self.mishaps.add("clock_stands_still")

    @guarded
    def onDtmfDigit(self, prm: Any) -> None:
        """Once per digit, at its start, from RFC 4733 packets and from SIP INFO alike."""
        if self.answered and self._ending is None:
            self._emit(LineDigit(digit=prm.digit[:1]))

    @guarded
    def onCallTransferStatus(self, prm: Any) -> None:
        """The answer to our REFER, each NOTIFY, and the end of a subscription that told nothing."""
        if self._watch is not None:
            self._watch.transfer_moved(prm.statusCode)
        if self._ending is None:
            self._emit(LineTransfer(sip_code=prm.statusCode))

    @guarded
    def onCallTransferRequest(self, prm: Any) -> None:
        prm.statusCode = 603  # a caller does not get to move our leg elsewhere (RFC 3515)

    @guarded
    def onCallReplaceRequest(self, prm: Any) -> None:
        prm.statusCode = 603  # nor to swap itself into another call (RFC 3891)

    def _emit(self, event: LineEvent) -> None:
        self._keeper.emit(self.line_id, event)

    def _plug_in(self) -> None:
        """Join port and call in the bridge, and the port with the bridge's own silent clock (slot 0) as well: it keeps
        the pace of 50 frames a second while a hold or renegotiation leaves the call without a stream."""
        if self._port is None:
            self._port = self._keeper.ports.take()
            self._port.exchange = self._exchange
            self._watch = MediaWatch(timeout_s=self._keeper.options.media_timeout_s, now_s=self._now())
            self._port.join_clock()
        if self._audio_index >= 0:
            audio = self.getAudioMedia(_FIRST_AUDIO)
            audio.startTransmit(self._port)
            self._port.startTransmit(audio)

    def _part(self) -> None:
        """Separate port and call at once: the library may keep the stream until the BYE is answered."""
        if self._port is None:
            return
        self._port.exchange = None
        if self._audio_index >= 0:
            audio = self.getAudioMedia(_FIRST_AUDIO)
            audio.stopTransmit(self._port)
            self._port.stopTransmit(audio)

    def _now(self) -> float:
        return self._keeper.clock.monotonic()

    def _poll_media(self) -> bool:
        """Take in the counters; True when media is dead."""
        if self._watch is None or self.ended or self._ending is not None:
            return False
        counters = None
        if self._audio_index >= 0:
            received = self.getStreamStat(self._audio_index).rtcp.rxStat
            counters = StreamCounters(
                packets=received.pkt, lost=received.loss, jitter_ms=received.jitterUsec.mean / 1000
            )
        return self._watch.observe(counters, expecting=not self._held, now_s=self._now())

    def abandon(self) -> None:
        """Give the port back although the far end never answered our BYE: the library goes down."""
        self._part()
        self._unplug()

    def _disconnected(self, sip_code: int, phrase: str) -> None:
        self.ended = True
        try:
            if self._ending is None:
                termination = causes.leg_ended(
                    sip_code, answered=self.answered, accepting=self._accepting, dialled=not self.incoming
                )
                self._report_end(termination, sip_code, phrase)
        finally:
            self._unplug()

    def _unplug(self) -> None:
        port, self._port = self._port, None
        if port is None:
            return
        try:
            port.leave_clock()
        finally:
            self._keeper.ports.give_back(port)

    def _report_end(self, termination: Termination, sip_code: int, phrase: str) -> None:
        quality = self._watch.quality() if self._watch else LegQuality()
        self._emit(
            LineEnded(
                termination=termination,
                sip_code=sip_code,
                phrase=phrase,
                answered=self.answered,
                refused=self._accepting,
                quality=quality,
            )
        )
