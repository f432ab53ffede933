"""A journal in memory."""

from voiceagent.core.clock import Clock
from voiceagent.core.ids import CallId, TenantId
from voiceagent.telephony.events import CallEvent, Recorded
from voiceagent.testing.clock import ManualClock


class MemoryJournal:
    """Implements `session.ports.Journal`: numbers the events as they come. Clear `reachable` and a flush times out."""

    def __init__(self, clock: Clock | None = None, call_id: str = "call_TEST", tenant_id: str = "ten_TEST") -> None:
        self.log: list[Recorded] = []
        self.reachable = True
        self.flushes = 0
        self._clock = clock or ManualClock()
        self._call_id = CallId(call_id)
        self._tenant_id = TenantId(tenant_id)

    def append(self, event: CallEvent) -> None:
        self.log.append(
            Recorded(
                call_id=self._call_id,
                tenant_id=self._tenant_id,
                seq=len(self.log) + 1,
                at=self._clock.now(),
                event=event,
            )
        )

    async def flush(self, timeout_s: float) -> bool:
        del timeout_s
        self.flushes += 1
        return self.reachable

    @property
    def events(self) -> list[CallEvent]:
        return [recorded.event for recorded in self.log]

    @property
    def types(self) -> list[str]:
        """The events' stable names, in order."""
        return [event.TYPE for event in self.events]
