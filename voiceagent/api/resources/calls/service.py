"""What can be asked of calls. Each method takes the principal's tenant and sees nothing of any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.raw_reads import RawReads
from voiceagent.control.commands import Commands, HangUpCall
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Conflict, NotFound
from voiceagent.core.ids import CallId
from voiceagent.records.at_rest.stored_recordings import OpenRecording, StoredRecordings
from voiceagent.records.audit.act import Act
from voiceagent.records.repositories.calls import CallCursor, CallFilter
from voiceagent.records.unit_of_work import Records, UnitOfWork
from voiceagent.records.values import (
    ConsentClip,
    ConsentEvidence,
    Recording,
    StoredEvent,
    StoredWriteBack,
    TranscriptSegment,
)
from voiceagent.telephony.cdr import CallDetailRecord, CallStatus

_OVER = (CallStatus.ENDED, CallStatus.REFUSED)
_RANGE_CHARS = 200  # of the header; it is whoever asks who writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Which bytes of a recording somebody wants, as the header has it ("" for all), and what for: a code and why."""

    purpose: str = ""
    reason: str = ""
    byte_range: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentsOfCall:
    """The call, its evidence in order, how a spoken yes sounded, and the texts that were told by their sha256."""

    record: CallDetailRecord
    evidence: Sequence[ConsentEvidence]
    clips: Sequence[ConsentClip]
    prompts: Mapping[str, str]


class CallService:
    """Reads records; reaches running calls through the control plane."""

    def __init__(
        self,
        *,
        records: Records,
        commands: Commands,
        recordings: StoredRecordings,
        raw_reads: RawReads,
        clock: Clock,
    ) -> None:
        self._records = records
        self._raw_reads = raw_reads
        self._commands = commands
        self._recordings = recordings
        self._clock = clock

    async def list(
        self, principal: Principal, *, limit: int, after: CallCursor | None, where: CallFilter
    ) -> Sequence[CallDetailRecord]:
        """Newest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.calls.list(limit=limit, after=after, where=where)

    async def get(self, principal: Principal, call_id: CallId) -> CallDetailRecord:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.calls.get(call_id)

    async def write_back(self, principal: Principal, call_id: CallId) -> StoredWriteBack | None:
        """How far the call's write-back is; None when none is owed."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.jobs.write_back_of(call_id)

    async def events(
        self, principal: Principal, call_id: CallId, *, after_seq: int, limit: int
    ) -> Sequence[StoredEvent]:
        """The log after `after_seq`, of which somebody is noted as a reader already. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.calls.get(call_id)
            return await work.contents.events(call_id, after_seq=after_seq, limit=limit)

    async def read_events(
        self, principal: Principal, call_id: CallId, *, after_seq: int, limit: int, live: bool = False
    ) -> Sequence[StoredEvent]:
        """The log after `after_seq`, once it is noted who reads it. Raises NotFound, TooManyRequests."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.calls.get(call_id)
            found = await work.contents.events(call_id, after_seq=after_seq, limit=limit)
            read = act_of(principal, "events.read", "call", call_id, after_seq=after_seq, found=len(found), live=live)
            await self._note_words(work, principal, read)
        return found

    async def transcript(self, principal: Principal, call_id: CallId) -> Sequence[TranscriptSegment]:
        """Once it is noted who reads it. Raises NotFound, TooManyRequests."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.calls.get(call_id)
            found = await work.contents.transcript(call_id)
            await self._note_words(work, principal, act_of(principal, "transcript.read", "call", call_id))
        return found

    async def consents(self, principal: Principal, call_id: CallId) -> ConsentsOfCall:
        """Once it is noted who reads it: an answer is words of the caller. Raises NotFound, TooManyRequests."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            record = await work.calls.get(call_id)
            evidence = await work.contents.consent(call_id)
            found = ConsentsOfCall(
                record=record,
                evidence=evidence,
                clips=await work.contents.consent_clips(call_id),
                prompts=await work.prompt_texts.texts({one.prompt_sha256 for one in evidence}),
            )
            await self._note_words(work, principal, act_of(principal, "consents.read", "call", call_id))
        return found

    async def _note_words(self, work: UnitOfWork, principal: Principal, read: Act) -> None:
        if await work.contents.keeps_words_raw(CallId(read.object_id)):
            await self._raw_reads.commit(work, principal, read)
        else:
            await work.audit.append(read, self._clock.now())
            await work.commit()

    async def recording(
        self, principal: Principal, call_id: CallId, listening: Listening
    ) -> tuple[Recording, OpenRecording]:
        """The sealed recording and its audio, which the caller closes, once it is noted who listens, and what for.

        Raises NotFound, TooManyRequests, Damaged, Unavailable.
        """
        recording, audio = await self._open(principal, call_id)
        details = {"bytes": listening.byte_range[:_RANGE_CHARS] or "all", "sha256": recording.sha256}
        if listening.reason:
            details["why"] = listening.reason
        try:
            async with self._records.unit_of_work(principal.tenant_id) as work:
                read = act_of(principal, "recording.read", "call", call_id, **details)
                await self._raw_reads.commit(work, principal, replace(read, purpose=listening.purpose))
        except BaseException:
            audio.close()
            raise
        return recording, audio

    async def _open(self, principal: Principal, call_id: CallId) -> tuple[Recording, OpenRecording]:
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.calls.get(call_id)
            recording = await work.contents.recording(call_id)
        try:
            return recording, await self._recordings.open(recording)
        except NotFound:
            # It may just have been encrypted, and then lies elsewhere
            async with self._records.unit_of_work(principal.tenant_id) as work:
                recording = await work.contents.recording(call_id)
            return recording, await self._recordings.open(recording)

    async def hang_up(self, principal: Principal, call_id: CallId) -> None:
        """Tell the gateway that runs the call. Raises NotFound, and Conflict when the call is over."""
        record = await self.get(principal, call_id)
        if record.status in _OVER:
            raise Conflict(f"call {call_id} has ended")
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.audit.append(act_of(principal, "call.hang_up_requested", "call", call_id), self._clock.now())
            await work.commit()
        try:
            await self._commands.hang_up(HangUpCall(call_id=call_id, by=principal.id))
        except NotFound as error:
            raise Conflict(
                f"call {call_id} is not running on any gateway: it is just ending, or its gateway was lost"
            ) from error
