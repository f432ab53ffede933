"""The job that tells the CRM about a call: one note under the contact that called, however often the job runs."""

from collections.abc import Awaitable, Callable

import structlog

from voiceagent.background.crm import CrmConnector, Note
from voiceagent.compliance.withholding import may_pass_on_words
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Conflict, Forbidden, NotFound, Unauthorised, UpstreamUnavailable
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.write_backs import EndedCall, WriteBackOutcome, WriteBacks
from voiceagent.telephony.summary import summarise

_log = structlog.get_logger(__name__)
_NOT_WRITTEN = (NotFound, Unauthorised, Forbidden)  # of all else nobody knows


class WriteBack:
    """`connector` is asked at each run, so that a CRM which was away is tried again."""

    def __init__(self, books: WriteBacks, connector: Callable[[], Awaitable[CrmConnector]], clock: Clock) -> None:
        self._books = books
        self._connector = connector
        self._clock = clock

    async def run(self, tenant_id: TenantId, call_id: CallId) -> None:
        """A caller whom the CRM does not know is an end.

        Raises StoreUnavailable and UpstreamUnavailable: try again; Conflict: the note may be there, and a second try
        could write it twice, so a person has to look first.
        """
        call = await self._books.unsettled(tenant_id, call_id)
        if call is None:
            return
        note_id = await self._note(call)
        outcome = WriteBackOutcome.NO_CONTACT if note_id is None else WriteBackOutcome.NOTED
        await self._books.settle(tenant_id, call_id, outcome, note_id=note_id or "", now=self._clock.now())
        _log.info("call written back", call_id=call_id, outcome=outcome.value)

    async def _note(self, call: EndedCall) -> str | None:
        """The note's id in the CRM; None when it knows nobody with that number."""
        if not call.record.caller:
            return None
        crm = await self._connector()
        contact = await crm.find_contact(call.record.caller)
        if contact is None:
            return None
        try:
            return (await _add(crm, contact.contact_id, call)).note_id
        except NotFound as error:
            if await crm.find_contact(call.record.caller) is None:  # gone since we found it
                return None
            raise UpstreamUnavailable(
                "the CRM finds the contact and has no place for a note about it; look at where the connector's settings"
                " write notes"
            ) from error


async def _add(crm: CrmConnector, contact_id: str, call: EndedCall) -> Note:
    text = summarise(call.record, call.log, with_words=may_pass_on_words(call.record))
    try:
        return await crm.add_note(contact_id, text, idempotency_key=f"write-back-{call.record.call_id}")
    except _NOT_WRITTEN:
        raise
    except Exception as error:
        if crm.repeats_writes:
            raise
        raise Conflict(
            f"the note may have been written, and this connector would write it twice: look in the CRM for a note that"
            f" ends with 'Call {call.record.call_id}', and retry the job only if there is none"
        ) from error
