"""How often the API may be asked: by an address, by a key, and by an address whose keys are wrong.

While Redis is away nothing is limited: an outage is when operators need the API most, and each request still needs its
key. So as not to wait for a Redis that hangs, it is then left alone for a moment.
"""

import asyncio
import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from voiceagent.control.rate_limits import Draw, Drawn, RateLimit, RateLimits
from voiceagent.core.clock import Clock
from voiceagent.core.errors import StoreUnavailable, TooManyRequests

log = structlog.get_logger(__name__)

_PATIENCE_S: Final = 0.25
_REST_S: Final = 1.0
_REMEMBERED_KEYS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`failures`: wrong keys from one address; it is the strict one."""

    address: RateLimit
    key: RateLimit
    failures: RateLimit


USUAL: Final = Limits(
    address=RateLimit(per_s=100, size=400),
    key=RateLimit(per_s=50, size=200),
    failures=RateLimit(per_s=0.1, size=20),
)


class RequestLimits:
    """Every method raises TooManyRequests."""

    def __init__(self, buckets: RateLimits, limits: Limits, clock: Clock) -> None:
        self._buckets = buckets
        self._limits = limits
        self._clock = clock
        self._rests_until_s = -math.inf
        self._good: dict[str, None] = {}  # hashes of keys that were valid, oldest first

    async def arrived(self, address: str, sha256: str) -> None:
        """Before a key is looked up. A key that was good is not kept out by other people's wrong ones."""
        place = _place_of(address)
        draws = [Draw(name=f"address:{place}", limit=self._limits.address)]
        if sha256 not in self._good:
            draws.append(Draw(name=f"failures:{place}", limit=self._limits.failures, tokens=0))
        await self._take(draws)

    async def failed(self, address: str) -> None:
        """The key was wrong."""
        await self._take([Draw(name=f"failures:{_place_of(address)}", limit=self._limits.failures)])

    async def allowed(self, key_id: str, sha256: str) -> Mapping[str, str]:
        """The key is valid; the headers that say what is left to it."""
        self._good[sha256] = None
        if len(self._good) > _REMEMBERED_KEYS:
            del self._good[next(iter(self._good))]
        limit = self._limits.key
        drawn = await self._take([Draw(name=f"key:{key_id}", limit=limit)])
        return {} if drawn is None else headers(limit, drawn.left[0])

    async def _take(self, draws: list[Draw]) -> Drawn | None:
        """None while Redis is away."""
        if self._clock.monotonic() < self._rests_until_s:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                drawn = await self._buckets.take(draws)
        except (StoreUnavailable, TimeoutError) as error:
            self._rests_until_s = self._clock.monotonic() + _REST_S
            log.warning("requests_are_not_limited", problem=type(error).__name__)
            return None
        if drawn.short is not None:
            raise TooManyRequests(retry_after_s=max(1, math.ceil(drawn.wait_s)))
        return drawn


def headers(limit: RateLimit, left: int) -> Mapping[str, str]:
    """draft-ietf-httpapi-ratelimit-headers-10: `q` requests in `w` s; `r` are left, and `t` s until it is full."""
    window_s = math.ceil(limit.size / limit.per_s)
    full_s = math.ceil((limit.size - left) / limit.per_s)
    return {"RateLimit-Policy": f'"key";q={limit.size};w={window_s}', "RateLimit": f'"key";r={left};t={full_s}'}


def _place_of(address: str) -> str:
    """An IPv6 host has 2**64 addresses of its own (RFC 4291, section 2.5.4): they count as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4 or parsed.ipv4_mapped is not None:
        return str(parsed)
    return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False).network_address)
