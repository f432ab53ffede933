"""A leg in memory: the test is the caller."""

import asyncio
from collections.abc import AsyncIterator

from voiceagent.audio.frame import FRAME_MS, SILENCE
from voiceagent.core.errors import Conflict
from voiceagent.core.ids import LegId
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.ports import DigitPressed, HungUp, LegEvent, LegQuality, MediaExchange, TransferMoved

_MAX_EVENTS = 64


class MemoryLeg:
    """Implements `session.ports.Leg`. The media clock stands still until `listen`; what was played is in `heard`."""

    def __init__(self, leg_id: str = "leg_TEST", refuse: Exception | None = None) -> None:
        """refuse: what `answer` raises."""
        self.leg_id = LegId(leg_id)
        self.transport = "memory"
        self.transferable = True
        self.transfers: list[tuple[str, str]] = []  # (target, reference) of each that was asked for
        self.answered = asyncio.Event()
        self.ended: list[Termination] = []  # each call of hang_up
        self.heard = bytearray()
        self._refuse = refuse
        self._media: MediaExchange | None = None
        self._left = False
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue(_MAX_EVENTS)

    # -- the session's side ---------------------------------------------------------------------------------------

    async def answer(self, media: MediaExchange) -> str:
        if self._left:
            raise Conflict("the caller has left")
        if self._refuse is not None:
            raise self._refuse
        self._media = media
        self.answered.set()
        return "L16"

    async def hang_up(self, termination: Termination) -> None:
        self.ended.append(termination)

    async def transfer(self, target: str, reference: str) -> None:
        if not self.transferable:
            raise Conflict("this leg can not be transferred")
        self.transfers.append((target, reference))

    async def events(self) -> AsyncIterator[LegEvent]:
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def quality(self) -> LegQuality:
        return LegQuality(packets_received=len(self.heard) // len(SILENCE))

    # -- the caller's side ----------------------------------------------------------------------------------------

    async def listen(self, ms: int, *, frame: bytes = SILENCE) -> None:
        """Let the media clock run: say `frame` every 20 ms, hear what is played. The session works in between."""
        for _ in range(ms // FRAME_MS):
            if self._media is None or self.ended:
                return
            self.heard += self._media.pull()
            self._media.push(frame)
            for _ in range(10):  # other tasks take a few rounds of the loop to react
                await asyncio.sleep(0)

    def press(self, digit: str) -> None:
        self._events.put_nowait(DigitPressed(digit=digit))

    def tell_transfer(self, sip_code: int) -> None:
        """The caller's phone tells how its call to the target goes."""
        self._events.put_nowait(TransferMoved(sip_code=sip_code))

    def leave(self, reason: Reason = Reason.CALLER_HUNG_UP) -> None:
        """The caller hangs up, or cancels before the answer."""
        self._left = True
        self._events.put_nowait(HungUp(termination=Termination.because(reason)))

    def be_refused(self, sip_code: int, reason: Reason) -> None:
        """The transport turns the call away when it is to be answered; `answer` must raise too."""
        self._events.put_nowait(HungUp(termination=Termination.because(reason), refused_with=sip_code))
