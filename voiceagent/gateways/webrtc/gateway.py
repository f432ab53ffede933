"""The browser calls of one process: admits offers, owns each call's task, drains."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog

from voiceagent.core.clock import Clock
from voiceagent.core.errors import Conflict, NoCapacity, Unavailable, VoiceagentError
from voiceagent.core.ids import LegId, TenantId, new_id
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.webrtc.leg import WebRtcLeg
from voiceagent.gateways.webrtc.options import WebRtcOptions
from voiceagent.gateways.webrtc.sdp import check_offer
from voiceagent.gateways.webrtc.seam import host_addresses

_HANG_UP_GRACE_S = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRtcOffer:
    """A browser wants to talk. Everything but the SDP comes from its verified token and the connection."""

    sdp: str
    tenant_id: TenantId
    profile: str
    token_id: str = ""
    pii_subject: str = ""  # who the token was made for
    pii_source: str = ""  # the browser's address


CallHandler = Callable[[WebRtcOffer, WebRtcLeg], Awaitable[None]]
"""Runs one call to its end: answers or hangs up the leg. Returning ends the call."""


class WebRtcGateway:
    """Use as an async context manager; every task it starts ends with it."""

    def __init__(self, *, on_call: CallHandler, options: WebRtcOptions, clock: Clock) -> None:
        self._on_call = on_call
        self._options = options
        self._clock = clock
        self._legs: dict[LegId, WebRtcLeg] = {}
        self._tasks: dict[LegId, asyncio.Task[None]] = {}
        self._token_of: dict[LegId, str] = {}
        self._refused = self._taken = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False
        self._stack = AsyncExitStack()
        self._group = asyncio.TaskGroup()

    @property
    def active_calls(self) -> int:
        return len(self._legs)

    @property
    def is_draining(self) -> bool:
        return self._draining

    async def __aenter__(self) -> Self:
        self._stack.enter_context(host_addresses(self._options.host_addresses))
        await self._stack.enter_async_context(self._group)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.drain(timeout_s=0)
        await self._stack.__aexit__(kind, error, trace)

    async def offer(self, offer: WebRtcOffer) -> str:
        """Place a call; the answer's SDP. Raises BadInput, NoCapacity, Conflict or Unavailable when there is none."""
        try:
            self._admit(offer)
        except VoiceagentError:
            self._refused += 1
            raise
        leg = WebRtcLeg(leg_id=LegId(new_id("leg")), offer_sdp=offer.sdp, options=self._options, clock=self._clock)
        self._taken += 1
        self._legs[leg.leg_id] = leg
        self._token_of[leg.leg_id] = offer.token_id
        self._idle.clear()
        self._tasks[leg.leg_id] = self._group.create_task(self._run(offer, leg), name=f"webrtc call {leg.leg_id}")
        try:
            async with asyncio.timeout(self._options.answer_timeout_s):
                return await leg.settled()
        except TimeoutError as error:
            await leg.hang_up(Termination.because(Reason.INTERNAL, "not answered in time"))
            raise Unavailable("the call was not answered in time; try again shortly") from error

    async def drain(self, timeout_s: float) -> None:
        """Take no more calls, let the running ones end for `timeout_s`, then hang them up."""
        self._draining = True
        if await self._wait_idle(timeout_s):
            return
        legs = list(self._legs.values())
        log.info("webrtc_drain_hangs_up", calls=len(legs))
        await asyncio.gather(*(leg.hang_up(Termination.because(Reason.SHUTDOWN)) for leg in legs))
        if not await self._wait_idle(_HANG_UP_GRACE_S):
            log.warning("webrtc_calls_outlived_drain", calls=len(self._legs))
            for task in list(self._tasks.values()):
                task.cancel()

    def counters(self) -> dict[str, int]:
        """Everything worth a metric, by name."""
        return {"calls": self._taken, "refused": self._refused, "active": len(self._legs)}

    def _admit(self, offer: WebRtcOffer) -> None:
        if self._draining:
            raise Unavailable("this gateway is shutting down; try again shortly")
        if len(self._legs) >= self._options.max_calls:
            raise NoCapacity(f"all {self._options.max_calls} browser lines are taken; try again shortly")
        running = sum(token_id == offer.token_id for token_id in self._token_of.values())
        if offer.token_id and running >= self._options.max_calls_per_token:
            raise Conflict(f"this token has {running} calls running; hang up one of them")
        check_offer(offer.sdp)

    async def _run(self, offer: WebRtcOffer, leg: WebRtcLeg) -> None:
        end = Termination.because(Reason.INTERNAL, "the call handler failed")
        try:
            await self._on_call(offer, leg)
            end = Termination.because(Reason.AGENT_HUNG_UP)
        except VoiceagentError as error:
            log.warning("webrtc_call_failed", leg_id=leg.leg_id, error=type(error).__name__, detail=str(error))
        except Exception:
            log.exception("webrtc_call_handler_failed", leg_id=leg.leg_id)
        finally:
            try:
                await leg.hang_up(end)
            finally:
                self._legs.pop(leg.leg_id, None)
                self._tasks.pop(leg.leg_id, None)
                self._token_of.pop(leg.leg_id, None)
                if not self._legs:
                    self._idle.set()

    async def _wait_idle(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True
