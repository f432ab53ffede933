"""A call that we place, as a session's Leg: to answer it is to dial and to wait for their answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from voiceagent.core.errors import BadInput, Conflict, Unavailable, VoiceagentError
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.sip.leg import SipLeg
from voiceagent.gateways.sip.line_event import LineEvent, LineId, LineRinging
from voiceagent.gateways.sip.machine import SipMachine
from voiceagent.gateways.sip.thread import SipThread
from voiceagent.session.ports import DialProgress, MediaExchange

NO_SLOT: Final = -1
_OURS: Final = "voiceagent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DialOrder:
    """Whom to call over which trunk. `line` is the number of ours that they see; `callee` is PII.

    permit: asked right before the INVITE, raises when there must be none any more.
    """

    callee: str
    line: str
    address: str  # of the trunk: ip or ip:port
    permit: Callable[[], Awaitable[None]]
    username: str = ""
    password: str = field(default="", repr=False)
    ring_timeout_s: float = 40.0

    @property
    def uri(self) -> str:
        return f"sip:{self.callee}@{self.address}"


class OutboundLeg(SipLeg):
    """Implements `session.ports.DialledLeg`. Nobody is dialled before `answer`: by then there is who talks to them."""

    def __init__(
        self,
        order: DialOrder,
        *,
        machine: SipMachine,
        thread: SipThread,
        named: Callable[[LineId, "OutboundLeg"], None],
    ) -> None:
        """named: called on the SIP thread with the line's name, before anything can happen on the line."""
        super().__init__(LineId(slot=NO_SLOT, sip_call_id=""), machine=machine, thread=thread)
        self.progress = DialProgress()
        self._order = order
        self._named = named
        self._rang = False

    async def answer(self, media: MediaExchange) -> str:
        """Dial; the codec's name once they have answered and media runs.

        Raises Conflict when the leg has ended: nobody answered, they were busy, it was not permitted any more.
        """
        if self._ended is not None or self._codec is not None:
            raise Conflict("the leg has ended or was dialled before")
        self._codec = asyncio.get_running_loop().create_future()
        try:
            await self._permitted()
            await self._dial(media)
            async with asyncio.timeout(self._order.ring_timeout_s):
                return await self._codec
        except TimeoutError:
            await self.hang_up(Termination.because(Reason.NO_ANSWER, "the ringing time is over"))
            raise Conflict("nobody answered") from None
        except BadInput as error:
            raise Conflict(str(error)) from None
        finally:
            if not self._codec.cancel() and not self._codec.cancelled():
                self._codec.exception()  # seen: what became of the call is told through `events`

    async def hang_up(self, termination: Termination) -> None:
        """CANCEL or BYE; a leg that was not dialled yet never will be."""
        if self.line_id.slot == NO_SLOT:
            self.close(termination)
        else:
            await super().hang_up(termination)

    def take(self, line_id: LineId) -> None:
        """The INVITE went out on this line. Comes before all that happens there: `dialled` is told before `ringing`."""
        self.line_id = line_id
        self.progress.on_dialled(line_id.sip_call_id)

    def deliver(self, event: LineEvent) -> None:
        """Take in what happened on the line."""
        if isinstance(event, LineRinging) and not self._rang and self._ended is None:
            self._rang = True
            self.progress.on_ringing()
        super().deliver(event)

    async def _permitted(self) -> None:
        try:
            await self._order.permit()
        except VoiceagentError as error:
            reason = Reason.INTERNAL if isinstance(error, Unavailable) else Reason.NOT_ALLOWED
            self.close(Termination.because(reason, f"no permit: {type(error).__name__}"))
            raise Conflict(str(error)) from error
        if self._ended is not None:
            raise Conflict("the call was called off before it was dialled")

    async def _dial(self, media: MediaExchange) -> None:
        try:
            line_id = await self._thread.call(lambda: self._send_invite(media))
        except VoiceagentError as error:
            reason = Reason.NO_CAPACITY if isinstance(error, Conflict) else Reason.UNREACHABLE
            self.close(Termination.because(reason, "no INVITE could be sent"))
            raise Conflict(str(error)) from error
        if (over := self._ended) is not None:  # called off while the INVITE was on its way
            await self._thread.call(lambda: self._machine.lines.end(line_id, over.termination))
            raise Conflict("the call was called off while it was dialled")

    def _send_invite(self, media: MediaExchange) -> LineId:
        """On the SIP thread."""
        machine, order = self._machine, self._order
        if machine.busy_lines() >= machine.capacity:
            raise Conflict("every line of this gateway cell is in use")
        machine.keep_pace()  # INVITEs of ours take sockets as theirs do
        # One account per password, not per line: the library allows eight (PJSUA_MAX_ACC)
        account = machine.account(_OURS, order.username, order.password)
        host = machine.options.public_host or machine.options.host
        shown = f"<sip:{order.line}@{host}:{machine.sip_port}>"
        line_id = machine.lines.dial(account, order.uri, media, shown=shown)
        self._named(line_id, self)
        return line_id
