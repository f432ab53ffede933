"""Token buckets in Redis, shared by every process of the API: so much at once, and so much per second after that.

Times are Redis's own. A bucket that is full again is forgotten, so what nobody uses takes no place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from voiceagent.control import keys
from voiceagent.control.connection import RedisConnection, redis_errors

# KEYS: buckets. ARGV: for each its rate per second, its size, and how many tokens are wanted. All give, or none does:
# what is refused costs nothing, so a client that goes on asking gets in as soon as there is room.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local levels, wait_s, short = {}, 0, 0
for i, key in ipairs(KEYS) do
  local rate, size, want = tonumber(ARGV[3*i-2]), tonumber(ARGV[3*i-1]), tonumber(ARGV[3*i])
  local held = redis.call('HMGET', key, 'level', 'at')
  local level = size
  if held[1] then level = math.min(size, held[1] + math.max(0, now - held[2]) * rate) end
  levels[i] = level
  local needed = math.max(want, 1)
  if level < needed and (needed - level) / rate > wait_s then wait_s, short = (needed - level) / rate, i end
end
if short == 0 then
  for i, key in ipairs(KEYS) do
    local rate, size, want = tonumber(ARGV[3*i-2]), tonumber(ARGV[3*i-1]), tonumber(ARGV[3*i])
    levels[i] = levels[i] - want
    if want > 0 then
      redis.call('HSET', key, 'level', tostring(levels[i]), 'at', tostring(now))
      redis.call('PEXPIRE', key, math.ceil((size - levels[i]) / rate * 1000) + 1000)
    end
  end
end
local answer = {short, tostring(wait_s)}
for i, level in ipairs(levels) do answer[i + 2] = math.floor(level) end
return answer
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A bucket that holds `size` tokens and gets `per_s` back a second."""

    per_s: float
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """From the bucket called `name`. tokens: 0 only asks whether there is one."""

    name: str
    limit: RateLimit
    tokens: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """`short`: the place of the bucket that had too little, None when all gave. `left`: whole tokens in each."""

    short: int | None
    wait_s: float
    left: tuple[int, ...]


class RateLimits:
    """Raises StoreUnavailable."""

    def __init__(self, connection: RedisConnection) -> None:
        self._take = connection.client.register_script(_TAKE)

    async def take(self, draws: Sequence[Draw]) -> Drawn:
        """From all of them or from none."""
        arguments = [part for draw in draws for part in (draw.limit.per_s, draw.limit.size, draw.tokens)]
        with redis_errors():
            answer: Any = await self._take(keys=[keys.rate_limit(draw.name) for draw in draws], args=arguments)
        short, wait_s, *left = answer
        return Drawn(short=short - 1 if short else None, wait_s=float(wait_s), left=tuple(map(int, left)))
