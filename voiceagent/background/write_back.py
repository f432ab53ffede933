"""The job that tells the CRM about a call: one note under the contact that called, however often the job runs."""

from collections.abc import Awaitable, Callable

import structlog

from voiceagent.background.crm import CrmConnector
from voiceagent.compliance.withholding import may_pass_on_words
from voiceagent.core.clock import Clock
from voiceagent.core.errors import NotFound
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.write_backs import EndedCall, WriteBackOutcome, WriteBacks
from voiceagent.telephony.summary import summarise

_log = structlog.get_logger(__name__)


class WriteBack:
    """`connector` is asked at each run, so that a CRM which was away is tried again."""

    def __init__(self, books: WriteBacks, connector: Callable[[], Awaitable[CrmConnector]], clock: Clock) -> None:
        self._books = books
        self._connector = connector
        self._clock = clock

    async def run(self, tenant_id: TenantId, call_id: CallId) -> None:
        """Raises StoreUnavailable and UpstreamUnavailable: try again. A caller whom the CRM does not know is an end."""
        call = await self._books.unsettled(tenant_id, call_id)
        if call is None:
            return
        note_id = await self._note(call)
        outcome = WriteBackOutcome.NO_CONTACT if note_id is None else WriteBackOutcome.NOTED
        await self._books.settle(call_id, outcome, note_id=note_id or "", now=self._clock.now())
        _log.info("call written back", call_id=call_id, outcome=outcome.value)

    async def _note(self, call: EndedCall) -> str | None:
        """The note's id in the CRM; None when it knows nobody with that number."""
        if not call.record.caller:
            return None
        crm = await self._connector()
        contact = await crm.find_contact(call.record.caller)
        if contact is None:
            return None
        text = summarise(call.record, call.log, with_words=may_pass_on_words(call.record))
        try:
            note = await crm.add_note(contact.contact_id, text, idempotency_key=f"write-back-{call.record.call_id}")
        except NotFound:  # gone since we found it
            return None
        return note.note_id
