"""A background agent that reports what the test hands it."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from voiceagent.conversation.delegation import DelegationPackage, DelegationUpdate, WorkDone
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.ids import DelegationId

_MAX_UPDATES = 32


class ScriptedAgent:
    """Implements `session.ports.BackgroundAgent`. Every delegation gets the updates that `report` hands over."""

    def __init__(self) -> None:
        self.packages: list[DelegationPackage] = []
        self.captured: dict[DelegationId, dict[str, str]] = {}
        self.stopped: list[DelegationId] = []
        self.stop_fails_with: Exception | None = None
        self._updates: asyncio.Queue[DelegationUpdate | Exception] = asyncio.Queue(_MAX_UPDATES)

    def report(self, *updates: DelegationUpdate | Exception) -> None:
        """What the running delegation says next; an exception breaks it off."""
        for update in updates:
            self._updates.put_nowait(update)

    async def run(self, package: DelegationPackage) -> AsyncIterator[DelegationUpdate]:
        self.packages.append(package)
        while True:
            update = await self._updates.get()
            if isinstance(update, Exception):
                raise update
            yield update
            if isinstance(update, WorkDone):
                return

    async def hand_over(self, delegation_id: DelegationId, captured: Mapping[str, Secret]) -> None:
        self.captured[delegation_id] = {slot: secret.reveal() for slot, secret in captured.items()}

    async def stop(self, delegation_id: DelegationId) -> None:
        if self.stop_fails_with is not None:
            raise self.stop_fails_with
        self.stopped.append(delegation_id)
