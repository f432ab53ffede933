"""Requests that are repeated under one key are carried out once: the second gets the answer of the first."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.control import keys
from voiceagent.control.connection import RedisConnection, redis_errors

_RUNNING_MS: Final = 120_000  # longer than any request may take: what is older was cut off
_KEPT_MS: Final = 24 * 60 * 60 * 1000

# KEYS: the claim. ARGV: fingerprint, ttl in ms. Returns a state, and the kept answer.
_CLAIM = """
local held = redis.call('HMGET', KEYS[1], 'fingerprint', 'answer')
if not held[1] then
  redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {'new', ''}
end
if held[1] ~= ARGV[1] then return {'other', ''} end
if held[2] then return {'answered', held[2]} end
return {'running', ''}
"""


class ClaimState(StrEnum):
    NEW = "new"  # carry it out, then keep or release
    RUNNING = "running"  # the first is being carried out
    OTHER = "other"  # the key was used for another request
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`answer` as it was kept; empty unless there is one."""

    state: ClaimState
    answer: bytes = b""


class IdempotencyClaims:
    """Every method raises StoreUnavailable. `name` is unguessable and of one caller and route."""

    def __init__(self, redis: RedisConnection) -> None:
        self._connection = redis
        self._redis = redis.client
        self._claim = self._redis.register_script(_CLAIM)

    async def claim(self, name: str, fingerprint: str) -> Claim:
        """Atomic: of two at once one is new. A fingerprint says what was asked for."""
        with redis_errors():
            state, answer = await self._claim(keys=[keys.idempotency(name)], args=[fingerprint, _RUNNING_MS])
        return Claim(state=ClaimState(state.decode()), answer=answer)

    async def keep(self, name: str, answer: bytes) -> None:
        """For a day."""
        with redis_errors():
            pipeline = self._connection.pipeline()
            pipeline.hset(keys.idempotency(name), "answer", answer)
            pipeline.pexpire(keys.idempotency(name), _KEPT_MS)
            await pipeline.execute()

    async def release(self, name: str) -> None:
        """It had no effect: the next one may try."""
        with redis_errors():
            await self._redis.delete(keys.idempotency(name))
