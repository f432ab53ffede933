"""Idempotency keys: in a form that every vendor stores unchanged, and one write per key at a time."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from voiceagent.core.errors import UpstreamUnavailable

_T = TypeVar("_T")
_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


def vendor_key(kind: str, key: str) -> str:
    """`note-<key>` where the key is plain, else a digest of it: at most 76 characters of a-z, 0-9, `_` and `-`.

    Capitals are digested too, because some vendors compare without regard to case. A digest is longer than any plain
    key, so that the two are never the same.
    """
    if _PLAIN.fullmatch(key):
        return f"{kind}-{key}"
    return f"{kind}-sha256-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


class OneAtATime:
    """Holds back a second write with a key until the first is done; for vendors who would carry out both."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}  # with the number of holders and waiters

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        lock, waiting = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks.pop(key)
            if waiting > 1:
                self._locks[key] = (lock, waiting - 1)


async def find_or_create(find: Callable[[], Awaitable[_T | None]], create: Callable[[], Awaitable[_T]]) -> _T:
    """What `find` finds, else what `create` makes; when its answer is lost, look again before giving up."""
    found = await find()
    if found is not None:
        return found
    try:
        return await create()
    except UpstreamUnavailable:
        found = await find()
        if found is None:
            raise
        return found
