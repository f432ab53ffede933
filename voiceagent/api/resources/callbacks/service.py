"""Callbacks of the principal's tenant."""

from collections.abc import Sequence

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.core.clock import Clock
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import StoredCallback


class CallbackService:
    def __init__(self, *, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def list(
        self, principal: Principal, *, state: str, limit: int, after: CallCursor | None
    ) -> Sequence[StoredCallback]:
        """The one that waits longest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.callbacks.list(state=state, limit=limit, after=after)

    async def close(self, principal: Principal, callback_id: str, *, outcome: str) -> StoredCallback:
        """Raises NotFound, Conflict when it is closed already."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            now = self._clock.now()
            closed = await work.callbacks.close(callback_id, outcome=outcome, by=principal.id, at=now)
            act = act_of(principal, "callback.closed", "callback", callback_id, outcome=outcome, call_id=closed.call_id)
            await work.audit.append(act, now)
            await work.commit()
            return closed
