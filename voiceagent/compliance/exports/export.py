"""Reads calls from the records, page by page, in one snapshot, into a package."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from voiceagent.compliance.exports.person import Aside, PersonExport, SubjectParts
from voiceagent.compliance.exports.request import ExportRequest
from voiceagent.compliance.exports.writer import FINISHED, PackageWriter
from voiceagent.core.errors import Conflict, Damaged, NotFound
from voiceagent.core.ids import CallId
from voiceagent.records.at_rest.stored_recordings import OpenRecording, StoredRecordings
from voiceagent.records.audit.note import read_unverified
from voiceagent.records.audit.proofs import LogProofs
from voiceagent.records.dossier import CallDossier
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.unit_of_work import Records, UnitOfWork
from voiceagent.records.values import Recording

_PAGE = 100  # calls in memory at once


async def here(work: Callable[[], object]) -> object:
    """Where nobody else waits."""
    return work()


class CallExport:
    """Puts calls of the records into packages.

    `aside` does what blocks, to its end even when it is cancelled: a process with other work does it in a thread.
    `audit_keys`: the public keys of the audit log, PEM; without them its entries are left out.
    `subject_parts`: what an export for one person needs; without it there is none.
    """

    def __init__(
        self,
        records: Records,
        recordings: StoredRecordings,
        *,
        aside: Aside = here,
        audit_keys: bytes = b"",
        subject_parts: SubjectParts | None = None,
    ) -> None:
        self._records, self._recordings, self._aside = records, recordings, aside
        self._audit_keys = audit_keys
        self._subject_parts = subject_parts

    async def run(self, request: ExportRequest, writer: PackageWriter, *, progress: Callable[[int, int], None]) -> int:
        """Add every call of the request, oldest first, and finish the package; how many calls there were.

        `progress` hears of calls done and of all. Raises NotFound and Conflict for one call that is not there or has
        not ended, Unavailable, OSError.
        """
        after, done = None, 0
        async with self._records.unit_of_work(request.tenant_id) as work:
            await work.dossiers.hold_still()
            person = await self._person(work, request)
            within = request.within if person is None else await person.resolve()
            in_range = await work.dossiers.count(within)
            if request.call_id is not None and not in_range:
                raise NotFound(f"there is no call {request.call_id}")
            hidden, erased = await work.dossiers.count_erasures(within)
            writer.note_erasures(hidden=hidden, erased=erased)
            proofs = await self._proofs(work, request)
            if person is None:
                await self._aside(partial(writer.begin_audit, proofs, self._audit_keys))
            while page := await work.dossiers.page(within, limit=_PAGE, after=after):
                for dossier in page:
                    await self._add(dossier, request, writer)
                    done += 1
                    progress(done, in_range)
                if person is not None:
                    await person.beside(page, writer)
                elif proofs is not None:
                    ended = [one.record.call_id for one in page if one.record.status in FINISHED]
                    noted = await work.audit.about(ended, within_first=proofs.checkpoint.size)
                    await self._aside(partial(writer.add_audit, noted))
                after = CallCursor(started_at=page[-1].record.started_at, call_id=page[-1].record.call_id)
            if person is not None:
                await person.finish(writer)
        await self._aside(partial(writer.finish, in_range + hidden))
        return done

    async def _person(self, work: UnitOfWork, request: ExportRequest) -> PersonExport | None:
        if request.subject is None:
            return None
        if self._subject_parts is None:
            raise Conflict("a person's data is exported over the API: voiceagent exports create dsar --number …")
        return PersonExport(work, request, request.subject, self._subject_parts, self._recordings, self._aside)

    async def _proofs(self, work: UnitOfWork, request: ExportRequest) -> LogProofs | None:
        """Under the newest checkpoint that was there when it was asked for: the same again gives the same."""
        wanted = self._audit_keys and request.subject is None
        note = await work.audit.checkpoint_at(request.created_at) if wanted else None
        if note is None:
            return None
        leaves = await work.audit.leaves(read_unverified(note).size)
        made: list[LogProofs] = []
        await self._aside(lambda: made.append(LogProofs(note, leaves)))
        return made[0]

    async def _add(self, dossier: CallDossier, request: ExportRequest, writer: PackageWriter) -> None:
        record = dossier.record
        if request.call_id is not None and record.status not in FINISHED:
            raise Conflict(f"call {record.call_id} has not ended; export it afterwards")
        with ExitStack() as opened:
            sounds: dict[str, OpenRecording] = {}
            for recording in dossier.recordings if request.media else ():
                sound = await self._open(recording, request)
                if sound is not None:
                    opened.callback(sound.close)
                    sounds[recording.id] = sound
            await self._aside(partial(writer.add, dossier, sounds))

    async def _open(self, recording: Recording, request: ExportRequest) -> OpenRecording | None:
        """The recording's sound; None when its file or its key is gone, or the file is damaged."""
        if recording.state != "sealed":
            return None
        try:
            return await self._recordings.open(recording)
        except Damaged:
            return None
        except NotFound:
            pass
        # It may have been encrypted since the snapshot was taken, and then lies elsewhere
        async with self._records.unit_of_work(request.tenant_id) as work:
            rows = await work.contents.recordings(CallId(recording.call_id))
        try:
            moved = [row for row in rows if row.id == recording.id and row.path != recording.path]
            return await self._recordings.open(moved[0]) if moved else None
        except (NotFound, Damaged):
            return None
