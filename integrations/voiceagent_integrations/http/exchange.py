"""One look-up or write with a vendor: any number of requests within one budget of seconds."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.errors import UpstreamUnavailable, VoiceagentError
from voiceagent_integrations.http.backoff import Dice
from voiceagent_integrations.http.breaker import CircuitBreaker
from voiceagent_integrations.http.credentials import Credentials
from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.message import Answer, Ask, Lost, Outcome
from voiceagent_integrations.http.pace import Pace
from voiceagent_integrations.http.verdict import (
    AskAgain,
    Blame,
    Fail,
    RenewToken,
    Situation,
    Take,
    is_failure,
    judge,
    refusal,
)
from voiceagent_integrations.http.wire import ErrorCode, Wire, open_wire

_log = structlog.get_logger(__name__)
_GRACE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Time and chance, which tests replace."""

    clock: Clock = field(default_factory=SystemClock)
    dice: Dice = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Api:
    """A vendor's API as all calls share it: connections, pace, breaker, token. Made by `open_api`."""

    def __init__(
        self, wire: Wire, *, vendor: str, limits: HttpSettings, credentials: Credentials, around: Surroundings
    ) -> None:
        self.base_url = wire.base_url
        self.blame = Blame(vendor=vendor, credentials=credentials.settings)
        self.limits = limits
        self.credentials = credentials
        self.around = around
        self._wire = wire
        self._pace = Pace(per_s=limits.requests_per_s, burst=limits.burst)
        self._breaker = CircuitBreaker(failures=limits.breaker_failures, open_s=limits.breaker_open_s)

    @property
    def given_up(self) -> bool:
        """Whether the breaker is open."""
        return self._breaker.opened_at_s is not None

    def begin(self) -> "Exchange":
        """Start one look-up or write; its budget runs from now."""
        return Exchange(self, ends_s=self.around.clock.monotonic() + self.limits.budget_s)

    async def attempt(self, ask: Ask, authorization: str, *, left_s: float) -> Outcome:
        """One request, if pace and breaker let it. Raises UpstreamUnavailable when they do not."""
        wait_s = self._pace.wait_s(self.around.clock.monotonic(), left_s)
        if wait_s is None:
            raise UpstreamUnavailable(f"{self.blame.vendor} is asked too often: requests_per_s is used up")
        if wait_s > 0:
            await self.around.sleep(wait_s)
        if (closed_s := self._breaker.admit(self.around.clock.monotonic())) > 0:
            raise UpstreamUnavailable(f"{self.blame.vendor} does not answer; it is asked again in {closed_s:.0f} s")
        try:
            outcome = await self._wire.attempt(ask, authorization, within_s=min(self.limits.attempt_s, left_s - wait_s))
        except BaseException:  # cancelled by the caller's own limit, or nothing was sent
            self._breaker.abandoned()
            raise
        if isinstance(outcome, Lost) and outcome.crowded:
            self._breaker.abandoned()  # it says nothing about the vendor, neither good nor bad
        elif not is_failure(outcome):
            self._breaker.succeeded()
        elif self._breaker.fell(self.around.clock.monotonic()):
            _log.warning("crm breaker opened", vendor=self.blame.vendor, open_s=self.limits.breaker_open_s)
        return outcome


class Exchange:
    """The requests of one look-up or write."""

    def __init__(self, api: Api, *, ends_s: float) -> None:
        self._api = api
        self._ends_s = ends_s

    @property
    def base_url(self) -> str:
        return self._api.base_url

    @property
    def max_pages(self) -> int:
        return self._api.limits.max_pages

    async def send(self, ask: Ask) -> Answer:
        """The vendor's answer, of a status that `ask` can use. Raises what `verdict` says, within the budget."""
        try:
            # For what has no other limit, such as waiting for another call's token; a moment later than the attempts'
            # own, so that the breaker hears of them.
            async with asyncio.timeout(max(0.0, self._left_s()) + _GRACE_S):
                return await self._send(ask)
        except TimeoutError:
            message = f"{self._api.blame.vendor} did not {ask.what} within {self._api.limits.budget_s:g} s"
            raise UpstreamUnavailable(message) from None

    def refused(self, answer: Answer, ask: Ask) -> VoiceagentError:
        """The error of a status that `ask` wanted to see, and that turned out to be nothing to go on with."""
        return refusal(answer, ask, self._api.blame)

    async def _send(self, ask: Ask) -> Answer:
        api, attempt, renewed = self._api, 0, False
        while True:
            attempt += 1
            authorization = await api.credentials.header(self.send) if ask.authorised else ""
            outcome = await api.attempt(ask, authorization, left_s=self._left_s())
            situation = Situation(attempt=attempt, left_s=self._left_s(), renewed=renewed, now=api.around.clock.now())
            match judge(outcome, ask, situation, blame=api.blame, dice=api.around.dice):
                case Take(answer):
                    return answer
                case AskAgain(wait_s, why):
                    if api.given_up:  # who just turned out to be away is not worth the caller's waiting
                        raise UpstreamUnavailable(f"{api.blame.vendor} did not {ask.what}: {why}")
                    await api.around.sleep(wait_s)
                case RenewToken():
                    renewed = True
                    if not await api.credentials.renew(authorization, self.send):
                        raise refusal(Answer(status=401), ask, api.blame)
                case Fail(error):
                    raise error

    def _left_s(self) -> float:
        return self._ends_s - self._api.around.clock.monotonic()


@asynccontextmanager
async def open_api(
    *,
    vendor: str,
    base_url: str,
    limits: HttpSettings,
    credentials: Credentials,
    error_code: ErrorCode,
    headers: Mapping[str, str] | None = None,
    around: Surroundings | None = None,
) -> AsyncIterator[Api]:
    """The API while the connector is open. Nothing is asked yet: a CRM that is away must not keep calls from coming."""
    async with open_wire(base_url, limits, error_code, headers or {}) as wire:
        yield Api(wire, vendor=vendor, limits=limits, credentials=credentials, around=around or Surroundings())
