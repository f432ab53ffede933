"""What Redis still holds of calls when it shall not: streams for viewers, and events that were set aside."""

import json
from collections.abc import Collection
from typing import Any, Final

from voiceagent.control import keys
from voiceagent.control.connection import RedisConnection, redis_errors

_AT_ONCE: Final = 500
_TELLING: Final = 7  # characters: a shorter name is part of something else, such as of a time


class RedisForgetting:
    """Bears repetition. Events that wait to be stored stay: the records empty what belongs to an erased call."""

    def __init__(self, connection: RedisConnection) -> None:
        self._redis = connection.client

    async def forget(self, call_ids: Collection[str], names: Collection[str]) -> int:
        """Remove the streams of these calls, and what was set aside of them or names the person: how many entries.

        An entry may be of a call that was never stored, so it is known by a name, too. Raises StoreUnavailable.
        """
        wanted = sorted(call_ids)
        with redis_errors():
            for begin in range(0, len(wanted), _AT_ONCE):
                await self._redis.unlink(*(keys.live(call_id) for call_id in wanted[begin : begin + _AT_ONCE]))
            entries: Any = await self._redis.xrange(keys.EVENTS_SET_ASIDE)
            about = _About(frozenset(wanted), names)
            theirs = [entry_id for entry_id, fields in entries if any(map(about.this, fields.values()))]
            for begin in range(0, len(theirs), _AT_ONCE):
                await self._redis.xdel(keys.EVENTS_SET_ASIDE, *theirs[begin : begin + _AT_ONCE])
        return len(theirs)

    async def end_set_aside(self) -> None:
        """Remove what was set aside longer ago than an operator has for it. Raises StoreUnavailable."""
        with redis_errors():
            now_s, _ = await self._redis.time()  # ids of entries are this server's time
            oldest_ms = (int(now_s) - keys.SET_ASIDE_S) * 1000
            await self._redis.xtrim(keys.EVENTS_SET_ASIDE, minid=str(oldest_ms), approximate=False)


class _About:
    """Whether an entry is about the person. It may be there because nobody could read it: sure is only its text."""

    def __init__(self, call_ids: Collection[str], names: Collection[str]) -> None:
        self._call_ids = call_ids
        self._names = [name.encode() for name in names if len(name) >= _TELLING]

    def this(self, line: bytes) -> bool:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        of_call = isinstance(event, dict) and event.get("call_id") in self._call_ids
        return of_call or any(name in line for name in self._names)
