"""What a reference leads to, for the principal's tenant."""

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, NotFound
from voiceagent.core.ids import CallId
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import StoredEvent, StoredTransfer
from voiceagent.telephony.event_codec import event_from_data
from voiceagent.telephony.events import CallEvent
from voiceagent.telephony.transfer_summary import TransferSummary, summary_for_transfer


class TransferService:
    def __init__(self, *, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def get(self, principal: Principal, reference: str) -> tuple[StoredTransfer, TransferSummary]:
        """The transfer, and its summary out of the call's log, once it is noted who reads it. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            transfer = await work.transfers.get(reference)
            log = await work.contents.events(CallId(transfer.call_id), limit=max(transfer.seq, 1))
            read = act_of(principal, "transfer.read", "call", transfer.call_id, reference=reference)
            await work.audit.append(read, self._clock.now())
            await work.commit()
        summary = summary_for_transfer((event for event in map(_known, log) if event is not None), reference)
        if summary is None:
            raise NotFound(f"the log of call {transfer.call_id} does not hold transfer {reference} any more")
        return transfer, summary


def _known(stored: StoredEvent) -> CallEvent | None:
    """None for what only newer versions know."""
    try:
        return event_from_data(stored.type, stored.data)
    except BadInput:
        return None
