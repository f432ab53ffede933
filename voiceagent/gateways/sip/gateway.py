"""The SIP gateway: one process, one library endpoint, a few lines. Owns the tasks of the calls."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Self

import structlog

from voiceagent.core.clock import Clock
from voiceagent.core.errors import ConfigError, NoCapacity
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.sip.admission import Admission, DirectorySource
from voiceagent.gateways.sip.front_door import FrontDoor
from voiceagent.gateways.sip.leg import SipLeg
from voiceagent.gateways.sip.line_event import LineEvent, LineId
from voiceagent.gateways.sip.machine import SipMachine
from voiceagent.gateways.sip.offer import Refusal, SipOffer
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.gateways.sip.outbound_leg import DialOrder, OutboundLeg
from voiceagent.gateways.sip.refusal_limit import RefusalLimit
from voiceagent.gateways.sip.source_filter import SourceFilter
from voiceagent.gateways.sip.thread import SipThread
from voiceagent.gateways.sip.token_bucket import Rate

_log = structlog.get_logger(__name__)
_MAX_REFUSALS_WAITING: Final = 512
_DROPS_LOGGED_EVERY_S: Final = 1.0
_FILTER_FOLLOWS_S: Final = 1.0  # a changed directory counts for who is let in within this time

OnCall = Callable[[SipOffer, SipLeg], Awaitable[None]]
OnDialled = Callable[[OutboundLeg], Awaitable[None]]
OnRefused = Callable[[Refusal], Awaitable[None]]


class SipGateway:
    """Use as `async with SipGateway(...) as gateway`. At exit calls are hung up (SHUTDOWN) and the library goes down.

    `directory_source` returns the current, frozen Directory at once, on whichever thread it is called.
    `on_call` runs as a task of the gateway for each admitted call; when it returns, a leg still up is hung up.
    `on_refused` is awaited, one after the other, for calls that were turned away. Every one gets its SIP answer; of a
    flood only as many are told as records can bear, the rest is counted (`refusals_dropped`).
    """

    def __init__(
        self,
        options: SipOptions,
        *,
        directory_source: DirectorySource,
        on_call: OnCall,
        on_refused: OnRefused,
        clock: Clock,
    ) -> None:
        self.refusals_dropped = 0
        self.handler_failures = 0
        self.calls_total = 0
        admission = Admission(
            directory_source, secret=options.nonce_secret, lifetime_s=options.nonce_lifetime_s, clock=clock
        )
        self._door = FrontDoor(
            admission,
            on_offer=lambda line_id, offer: self._post(self._offered, line_id, offer),
            on_refusal=lambda refusal: self._post(self._refused, refusal),
        )
        self._options = options
        self._directory_source = directory_source
        self._machine = SipMachine(
            options,
            clock=clock,
            emit=lambda line_id, event: self._post(self._happened, line_id, event),
            doorman=self._door,
        )
        self._thread = SipThread(self._machine)
        self._on_call = on_call
        self._on_refused = on_refused
        self._legs: dict[LineId, SipLeg] = {}
        self._undialled: set[SipLeg] = set()  # they have no line yet
        # Apart, so that strangers who scan us do not crowd out what an operator has to know about a trunk of ours.
        self._of_strangers = RefusalLimit(per_source=Rate(per_s=5, burst=20), in_all=Rate(per_s=50, burst=100))
        self._of_trunks = RefusalLimit(per_source=Rate(per_s=20, burst=100), in_all=Rate(per_s=50, burst=200))
        self._clock = clock
        self._drop_logged_s = -math.inf
        self._refusals: asyncio.Queue[Refusal] = asyncio.Queue(_MAX_REFUSALS_WAITING)
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks = asyncio.TaskGroup()
        self._loop: asyncio.AbstractEventLoop
        self._chores: list[asyncio.Task[None]] = []
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def lines(self) -> int:
        """Calls at once: what the library allows, or fewer by option. Known after start."""
        return self._machine.capacity

    @property
    def active(self) -> int:
        """Calls being served now."""
        return len(self._serving)

    @property
    def sip_port(self) -> int:
        """The port that SIP is listening on."""
        return self._machine.sip_port

    @property
    def is_direct(self) -> bool:
        """False when audio frames take the slow way because the library's memory layout is another one."""
        return self._machine.is_direct

    def counters(self) -> dict[str, int]:
        """Everything worth a metric, by name."""
        mishaps = {f"mishap_{where}": count for where, count in self._machine.mishaps.counts.items()}
        return {
            "calls": self.calls_total,
            "challenged": self._door.challenged,
            "refusals_dropped": self.refusals_dropped,
            "handler_failures": self.handler_failures,
            **mishaps,
        }

    def drain(self) -> None:
        """Admit no more calls (503); the running ones go on. Not undone."""
        self._door.draining = True

    def dial(self, order: DialOrder, on_leg: OnDialled) -> None:
        """Begin a call of ours: `on_leg` runs as `on_call` does, with a leg that dials when it is answered.

        Raises NoCapacity when every line is taken or the gateway is being shut down.
        """
        if self._door.draining or self.active >= self.lines:
            raise NoCapacity("every line of this gateway cell is in use, or it is being shut down")
        leg = OutboundLeg(
            order,
            machine=self._machine,
            thread=self._thread,
            named=lambda line_id, named: self._post(self._named, line_id, named),
        )
        self._undialled.add(leg)
        self._begin(leg, lambda: on_leg(leg))

    async def idle(self, timeout_s: float) -> bool:
        """Wait until no call is served; False on timeout."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await self._thread.start()
        keeping_out = SourceFilter(self._options.host, self.sip_port) if self._options.drop_strangers else None
        try:
            if keeping_out:
                keeping_out.follow(self._directory_source())
        except ConfigError:
            await self._thread.stop()
            raise
        await self._tasks.__aenter__()
        self._chores = [self._tasks.create_task(self._record_refusals(), name="sip-refusals")]
        if keeping_out:
            self._chores.append(self._tasks.create_task(self._keep_out(keeping_out), name="sip-strangers"))
        _log.info("sip gateway listening", port=self.sip_port, lines=self.lines, direct_frames=self.is_direct)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drain()
        try:
            await self._end_calls()
        finally:
            for task in (*self._chores, *self._serving):
                task.cancel()
            try:
                # The calls are over: an error of the caller passes by as it is, not wrapped into a group.
                await self._tasks.__aexit__(None, None, None)
            finally:
                await self._thread.stop()

    async def _end_calls(self) -> None:
        for leg in [*self._undialled, *self._legs.values()]:
            await leg.hang_up(Termination.because(Reason.SHUTDOWN))
        if not await self.idle(self._options.shutdown_s):
            _log.warning("sip calls cancelled at shutdown", count=len(self._legs))
            for task in list(self._serving):
                task.cancel()
        try:
            async with asyncio.timeout(self._options.shutdown_s):
                await self._refusals.join()
        except TimeoutError:
            self.refusals_dropped += self._refusals.qsize()

    # -- from the SIP thread --------------------------------------------------------------------------------------

    def _post(self, action: Callable[..., None], *values: object) -> None:
        """Runs on the SIP thread."""
        try:
            self._loop.call_soon_threadsafe(action, *values)
        except RuntimeError:  # the loop is closed: nobody is left to tell
            self._machine.mishaps.add("loop_closed")

    def _offered(self, line_id: LineId, offer: SipOffer) -> None:
        leg = SipLeg(line_id, machine=self._machine, thread=self._thread)
        self._legs[line_id] = leg
        self._begin(leg, lambda: self._on_call(offer, leg))

    def _named(self, line_id: LineId, leg: OutboundLeg) -> None:
        """A leg of ours has its line; what happens there comes after this."""
        self._undialled.discard(leg)
        self._legs[line_id] = leg
        leg.take(line_id)

    def _begin(self, leg: SipLeg, run: Callable[[], Awaitable[None]]) -> None:
        self._idle.clear()
        self.calls_total += 1
        task = self._tasks.create_task(self._serve(leg, run), name=f"sip-call-{leg.leg_id}")
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    def _happened(self, line_id: LineId, event: LineEvent) -> None:
        leg = self._legs.get(line_id)
        if leg is not None:
            leg.deliver(event)

    def _refused(self, refusal: Refusal) -> None:
        now_s = self._clock.monotonic()
        limit = self._of_trunks if refusal.trunk_name else self._of_strangers
        if self._refusals.full() or not limit.allows(refusal.source_ip, now_s):
            self._drop_refusal(now_s)
        else:
            self._refusals.put_nowait(refusal)

    def _drop_refusal(self, now_s: float) -> None:
        self.refusals_dropped += 1
        if now_s - self._drop_logged_s >= _DROPS_LOGGED_EVERY_S:
            self._drop_logged_s = now_s
            _log.warning("sip refusals come too fast to be recorded", dropped=self.refusals_dropped)

    # -- tasks ----------------------------------------------------------------------------------------------------

    async def _serve(self, leg: SipLeg, run: Callable[[], Awaitable[None]]) -> None:
        reason = Reason.AGENT_HUNG_UP
        try:
            await run()
        except asyncio.CancelledError:
            reason = Reason.SHUTDOWN
            raise
        except Exception:
            reason = Reason.INTERNAL
            self.handler_failures += 1
            _log.exception("sip call handler failed", leg_id=leg.leg_id)
        finally:
            try:
                await leg.hang_up(Termination.because(reason))
            finally:
                self._legs.pop(leg.line_id, None)
                self._undialled.discard(leg)
                if not (self._legs or self._undialled):
                    self._idle.set()

    async def _keep_out(self, keeping_out: SourceFilter) -> None:
        while True:
            await asyncio.sleep(_FILTER_FOLLOWS_S)
            try:
                if keeping_out.follow(self._directory_source()):
                    _log.info("sip strangers are kept out by another list")
            except ConfigError as error:  # who was let in before stays so
                _log.error("sip strangers are kept out by the list of before", error=str(error))

    async def _record_refusals(self) -> None:
        while True:
            refusal = await self._refusals.get()
            try:
                await self._on_refused(refusal)
            except Exception:
                self.handler_failures += 1
                _log.exception("sip refusal handler failed", reason=refusal.reason)
            finally:
                self._refusals.task_done()
