"""A SIP call as a session's Leg. Lives on the asyncio thread and knows its call by name only."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from voiceagent.core.errors import BadInput, Conflict, Unavailable
from voiceagent.core.ids import LegId, new_id
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.sip.line_event import (
    LineDigit,
    LineEnded,
    LineEvent,
    LineId,
    LineMedia,
    LineRinging,
    LineTransfer,
)
from voiceagent.gateways.sip.machine import SipMachine
from voiceagent.gateways.sip.thread import SipThread
from voiceagent.session.ports import DigitPressed, HungUp, LegEvent, LegQuality, MediaExchange, TransferMoved

_MAX_EVENTS_WAITING: Final = 64
REFERENCE_HEADER: Final = "X-Voiceagent-Reference"


class SipLeg:
    """One call's signalling and media. Implements `session.ports.Leg`."""

    def __init__(self, line_id: LineId, *, machine: SipMachine, thread: SipThread) -> None:
        self.leg_id: LegId = LegId(new_id("leg"))
        self.transport = "sip"
        self.transferable = True
        self.line_id = line_id
        self.events_dropped = 0
        self._machine = machine
        self._thread = thread
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue(_MAX_EVENTS_WAITING + 1)
        self._codec: asyncio.Future[str] | None = None
        self._ended: LineEnded | None = None
        self._told = False  # HungUp was handed out

    @property
    def ended(self) -> bool:
        """True after HungUp was queued."""
        return self._ended is not None

    async def answer(self, media: MediaExchange) -> str:
        """Send 200 OK; returns the codec's name (PCMU) once media runs, "" when the call is on hold from the start.

        Raises BadInput when no media could be agreed on (the leg has ended or is hung up then), Conflict when the leg
        has ended or was answered before.
        """
        if self._ended is not None or self._codec is not None:
            raise Conflict("the leg has ended or was answered before")
        self._codec = asyncio.get_running_loop().create_future()
        try:
            await self._thread.call(lambda: self._machine.lines.answer(self.line_id, media))
            async with asyncio.timeout(self._machine.options.answer_timeout_s):
                return await self._codec
        except TimeoutError:
            await self.hang_up(Termination.because(Reason.UNSUPPORTED_CODEC, "no media after the answer"))
            raise BadInput("no media could be agreed on: the caller never completed the SDP exchange") from None
        finally:
            if not self._codec.cancel() and not self._codec.cancelled():
                self._codec.exception()  # seen: a leg that ended in the meantime says so through `events`

    async def hang_up(self, termination: Termination) -> None:
        """End the leg: BYE when it is up, a refusal that fits the reason when not. Harmless when it has ended."""
        if self._ended is not None:
            return
        try:
            await self._thread.call(lambda: self._machine.lines.end(self.line_id, termination))
        except Unavailable:  # the endpoint is down: so is the call
            self.close(termination)

    async def transfer(self, target: str, reference: str) -> None:
        """Send a REFER. The reference is a header of it, and of the INVITE that the far end makes (RFC 3261 19.1.1).

        Raises Conflict when the leg has ended, Unavailable when the endpoint is down.
        """
        if self._ended is not None:
            raise Conflict("the leg has already ended")
        refer_to = f"<{target}?{REFERENCE_HEADER}={reference}>"
        headers = ((REFERENCE_HEADER, reference),)
        await self._thread.call(lambda: self._machine.lines.transfer(self.line_id, refer_to, headers))

    async def events(self) -> AsyncIterator[LegEvent]:
        """What the far end does; ends after HungUp (also when it was us who hung up)."""
        while not self._told:
            event = await self._events.get()
            self._told = isinstance(event, HungUp)
            yield event

    async def quality(self) -> LegQuality:
        """Counters of the RTP stream; the last known ones after the end."""
        if self._ended is None:
            try:
                now = await self._thread.call(lambda: self._machine.lines.quality(self.line_id))
            except Unavailable:
                now = None
            if now is not None:
                return now
        return self._ended.quality if self._ended is not None else LegQuality()

    def deliver(self, event: LineEvent) -> None:
        """Take in what happened on the line; called by the gateway in the order of happening."""
        if self._ended is not None:
            return
        match event:
            case LineMedia(codec=codec):
                if self._codec is not None and not self._codec.done():
                    self._codec.set_result(codec)
            case LineDigit(digit=digit):
                self._tell(DigitPressed(digit=digit))
            case LineTransfer(sip_code=sip_code):
                self._tell(TransferMoved(sip_code=sip_code))
            case LineEnded(termination=termination):
                self._ended = event
                refused_with = event.sip_code if event.refused else 0
                self._events.put_nowait(HungUp(termination=termination, refused_with=refused_with))
                if self._codec is not None and not self._codec.done():
                    self._codec.set_exception(BadInput(f"the leg ended before media ran: {termination.reason}"))
            case LineRinging():
                pass

    def _tell(self, event: DigitPressed | TransferMoved) -> None:
        if self._events.qsize() < _MAX_EVENTS_WAITING:
            self._events.put_nowait(event)
        else:
            self.events_dropped += 1

    def close(self, termination: Termination) -> None:
        """The endpoint is going down: the leg has ended, whatever the far end does."""
        self.deliver(
            LineEnded(
                termination=termination, sip_code=0, phrase="", answered=False, refused=False, quality=LegQuality()
            )
        )
