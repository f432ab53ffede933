"""Slots on workers for calls: leased in Redis, renewed while the call lasts, given back at its end.

While Redis is away, new calls go to the worker that was used last; its own slots then decide whether there is room.
"""

import asyncio

import structlog

from voiceagent.control.leases import Leases, WorkerLease
from voiceagent.conversation.hearing import Hints
from voiceagent.core.errors import NoCapacity, StoreUnavailable, WorkerLost
from voiceagent.core.ids import CallId
from voiceagent.interaction.contract import SessionContext
from voiceagent.worker.client import WorkerStream, open_stream

_log = structlog.get_logger(__name__)
_TRIES = 2  # a worker that just died keeps its slots for a heartbeat or two: ask another one


class WorkerPool:
    """Shared by all calls of a gateway process, whose task group renews the leases."""

    def __init__(self, leases: Leases, token: str, tasks: asyncio.TaskGroup) -> None:
        self._leases = leases
        self._token = token
        self._tasks = tasks
        self._last_url = ""

    async def open(self, call_id: CallId, context: SessionContext, hints: Hints) -> WorkerStream:
        """A connected stream on a leased slot. Raises NoCapacity, WorkerLost or StoreUnavailable."""
        tried: list[str] = []
        for _ in range(_TRIES):
            lease = await self._lease(call_id, tried)
            if lease is None:
                return await open_stream(self._last_url, self._token, 0, context, hints)
            try:
                stream = await open_stream(lease.url, self._token, lease.fence, context, hints)
            except (WorkerLost, NoCapacity) as error:
                _log.warning("worker did not take the call", worker_id=lease.worker_id, problem=str(error))
                tried.append(lease.worker_id)
                await self._release(lease)
            else:
                self._last_url = lease.url
                self._tasks.create_task(self._hold(lease, stream))
                return stream
        raise NoCapacity("no worker took the call; look at the workers' logs")

    async def _lease(self, call_id: CallId, tried: list[str]) -> WorkerLease | None:
        try:
            return await self._leases.acquire(call_id, exclude=tried)
        except StoreUnavailable:
            if not self._last_url:
                raise
            _log.warning("no leases without Redis, asking the last worker itself")
            return None

    async def _hold(self, lease: WorkerLease, stream: WorkerStream) -> None:
        """Renew until the stream has ended, then give the slot back."""
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(self._leases.keep(lease))
            await stream.ended()
            keeping.cancel()
        await self._release(lease)

    async def _release(self, lease: WorkerLease) -> None:
        try:
            await self._leases.release(lease)
        except StoreUnavailable:
            _log.warning("slot not given back, its lease ends by itself", worker_id=lease.worker_id)


class CallWorkers:
    """The pool as one call sees it: implements `session.ports.InteractionWorkers`."""

    def __init__(self, pool: WorkerPool, call_id: CallId) -> None:
        self._pool = pool
        self._call_id = call_id

    async def open(self, context: SessionContext, hints: Hints) -> WorkerStream:
        """See `WorkerPool.open`."""
        return await self._pool.open(self._call_id, context, hints)
