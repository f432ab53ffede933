"""Heartbeats: workers and gateways say that they are here, what they can hold and what they run."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog

from voiceagent import __version__
from voiceagent.apps.process import ProcessContext
from voiceagent.control import keys
from voiceagent.control.connection import RedisConnection
from voiceagent.control.presence import GatewayPresence, Presence, WorkerPresence
from voiceagent.core.errors import StoreUnavailable
from voiceagent.core.ids import CallId, TenantId

_log = structlog.get_logger(__name__)
_BEAT_S = keys.PRESENCE_TTL_MS / 1000 / 4  # three beats may be lost before anybody thinks that we are gone


async def announce_worker(context: ProcessContext, connection: RedisConnection, *, slots: int) -> None:
    """Until cancelled; a worker that stops says so."""
    settings = context.settings.worker
    presence = Presence(connection)
    worker = WorkerPresence(
        worker_id=context.instance,
        url=f"ws://{settings.host}:{settings.port}/v1/sessions",
        slots=slots,
        version=__version__,
    )
    try:
        while True:
            await _beat(lambda: presence.announce_worker(worker))
            await asyncio.sleep(_BEAT_S)
    finally:
        await _beat(lambda: presence.withdraw_worker(worker.worker_id))


class GatewayBeacon:
    """Announces a gateway and its calls, at once when a call begins or ends and regularly in between."""

    def __init__(
        self,
        connection: RedisConnection,
        gateway: GatewayPresence,
        calls: Callable[[], Mapping[CallId, TenantId]],
        unaided_texts: Callable[[], int],
    ) -> None:
        self._presence = Presence(connection)
        self._gateway = gateway
        self._calls = calls
        self._unaided_texts = unaided_texts
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """A call began or ended."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled; leaves in good order when it runs no call."""
        try:
            while True:
                self._changed.clear()
                await _beat(lambda: self._presence.announce_gateway(self._now(), self._calls()))
                try:
                    async with asyncio.timeout(_BEAT_S):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            if not self._calls():
                await _beat(lambda: self._presence.forget_gateway(self._gateway.gateway_id))

    def _now(self) -> GatewayPresence:
        return replace(self._gateway, unaided_texts=self._unaided_texts())


async def _beat(say: Callable[[], Awaitable[None]]) -> None:
    try:
        await say()
    except StoreUnavailable as error:
        _log.warning("heartbeat not heard", problem=str(error))
