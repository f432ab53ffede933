"""A real SIP phone for tests and the demo. The library allows one endpoint per process: not beside a gateway."""

import asyncio
from types import TracebackType
from typing import Any, Self

from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import Unavailable
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
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.gateways.sip.thread import SipThread
from voiceagent.session.ports import LegQuality, MediaExchange

_FREE_LINE_S = 5.0


class PhoneCall:
    """A call that the phone has placed."""

    def __init__(self, machine: SipMachine, thread: SipThread) -> None:
        self.codec = ""
        self.ringing = asyncio.Event()
        self.held_by_far_end = False
        self._answered = False
        self.digits_heard = ""
        self._machine = machine
        self._thread = thread
        self._line_id = LineId(slot=-1, sip_call_id="")
        self._up = asyncio.Event()  # answered or ended
        self._over = asyncio.Event()
        self._end: LineEnded | None = None

    @property
    def sip_call_id(self) -> str:
        """The Call-ID of our INVITE."""
        return self._line_id.sip_call_id

    async def answered(self, timeout_s: float = 10.0) -> bool:
        """Wait for an answer: True when media runs, False when the call has ended first. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._up.wait()
        return self._answered

    async def ended(self, timeout_s: float = 30.0) -> LineEnded:
        """Wait for the end; `sip_code` 200 is a BYE of the far end, 0 our own hanging up. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._over.wait()
        assert self._end is not None
        return self._end

    async def send_digits(self, digits: str) -> None:
        """Press keys: RFC 4733 events."""
        await self._thread.call(lambda: self._machine.lines.send_digits(self._line_id, digits))

    async def hold(self, *, on: bool) -> None:
        """Put the far end on hold (re-INVITE, sendonly) or take it back."""
        await self._thread.call(lambda: self._machine.lines.hold(self._line_id, on=on))

    async def quality(self) -> LegQuality:
        """Counters of what was received."""
        if self._end is None:
            now = await self._thread.call(lambda: self._machine.lines.quality(self._line_id))
            if now is not None:
                return now
        return self._end.quality if self._end else LegQuality()

    async def hang_up(self) -> None:
        """CANCEL or BYE; harmless after the end."""
        termination = Termination.because(Reason.CALLER_HUNG_UP)
        await self._thread.call(lambda: self._machine.lines.end(self._line_id, termination))

    def name(self, line_id: LineId) -> None:
        """Take over the line's name once the INVITE is out."""
        self._line_id = line_id

    def deliver(self, event: LineEvent) -> None:
        """Take in what happened on the line."""
        match event:
            case LineRinging():
                self.ringing.set()
            case LineMedia(codec=codec, held=held):
                self.codec = codec or self.codec
                self.held_by_far_end = held
                self._answered = True
                self._up.set()
            case LineDigit(digit=digit):
                self.digits_heard += digit
            case LineTransfer():
                pass  # this phone transfers nobody
            case LineEnded():
                self._end = event
                self._up.set()
                self._over.set()


class _NobodyHome:
    """A Doorman that takes no calls: this phone only dials."""

    def invited(self, machine: SipMachine, account: Any, slot: int, message: str, source: str) -> None:  # noqa: ARG002
        """Refuse an INVITE."""
        machine.lines.receive(account, slot).refuse(480)

    def turned_away(self, sip_code: int, message: str, source: str) -> None:
        """Nothing to tell."""


class SipPhone:
    """Use as `async with SipPhone(options) as phone: call = await phone.dial(...)`. Up to four calls at once."""

    def __init__(self, options: SipOptions, clock: Clock | None = None) -> None:
        self._calls: dict[LineId, PhoneCall] = {}
        self._early: dict[LineId, list[LineEvent]] = {}  # what happened before `dial` knew the line's name
        self._machine = SipMachine(options, clock=clock or SystemClock(), emit=self._emit, doorman=_NobodyHome())
        self._thread = SipThread(self._machine)
        self._loop: asyncio.AbstractEventLoop

    @property
    def mishaps(self) -> dict[str, int]:
        """Errors within library callbacks, by place."""
        return dict(self._machine.mishaps.counts)

    async def dial(
        self, uri: str, media: MediaExchange, *, caller: str = "phone", username: str = "", password: str = ""
    ) -> PhoneCall:
        """Send an INVITE to `uri` (sip:number@host:port); `media` is exchanged from the answer on.

        Waits for a free line: one is busy until its BYE has been answered. Raises TimeoutError.
        """

        def dial() -> LineId | None:
            if self._machine.busy_lines() >= self._machine.capacity:
                return None
            account = self._machine.account(caller, username, password)
            return self._machine.lines.dial(account, uri, media)

        call = PhoneCall(self._machine, self._thread)
        async with asyncio.timeout(_FREE_LINE_S):
            while (line_id := await self._thread.call(dial)) is None:  # noqa: ASYNC110  # nobody says when one is free
                await asyncio.sleep(0.02)
        call.name(line_id)
        self._calls[line_id] = call
        for event in self._early.pop(line_id, []):
            self._deliver(line_id, event)
        return call

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._thread.stop()

    def _emit(self, line_id: LineId, event: LineEvent) -> None:
        """Runs on the SIP thread."""
        try:
            self._loop.call_soon_threadsafe(self._deliver, line_id, event)
        except RuntimeError:
            raise Unavailable("the phone's event loop is closed") from None

    def _deliver(self, line_id: LineId, event: LineEvent) -> None:
        call = self._calls.get(line_id)
        if call is None:
            self._early.setdefault(line_id, []).append(event)
            return
        call.deliver(event)
        if isinstance(event, LineEnded):
            del self._calls[line_id]
