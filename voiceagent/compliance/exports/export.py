"""Reads calls from the records, page by page, in one snapshot, into a package."""

from collections.abc import Callable

from voiceagent.compliance.exports.request import ExportRequest
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.core.errors import Conflict, NotFound
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.unit_of_work import UnitOfWork
from voiceagent.telephony.cdr import CallStatus

_PAGE = 100  # calls in memory at once


async def export_calls(
    work: UnitOfWork, request: ExportRequest, writer: PackageWriter, *, progress: Callable[[int, int], None]
) -> int:
    """Add every call of the request, oldest first, and finish the package; how many calls there were.

    `progress` hears of calls done and of all. Raises NotFound and Conflict for one call that is not there or has not
    ended, StoreUnavailable, OSError.
    """
    await work.dossiers.hold_still()
    within = request.within
    in_range = await work.dossiers.count(within)
    if request.call_id is not None and not in_range:
        raise NotFound(f"there is no call {request.call_id}")
    after, done = None, 0
    while page := await work.dossiers.page(within, limit=_PAGE, after=after):
        for dossier in page:
            record = dossier.record
            if request.call_id is not None and record.status not in (CallStatus.ENDED, CallStatus.REFUSED):
                raise Conflict(f"call {record.call_id} has not ended; export it afterwards")
            writer.add(dossier)
            done += 1
            progress(done, in_range)
        after = CallCursor(started_at=page[-1].record.started_at, call_id=page[-1].record.call_id)
    writer.finish(in_range)
    return done
