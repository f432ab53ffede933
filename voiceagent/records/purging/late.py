"""What arrives of a call after classes of its content were purged, such as the spool of a machine that came back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import CallId
from voiceagent.records.models import CallPurgeModel
from voiceagent.records.row_change import RowChange
from voiceagent.telephony.events import Recorded
from voiceagent.telephony.expiry import emptied

_DELETED: Final[Mapping[str, Mapping[str, Any]]] = {
    "recordings": {"state": "deleted", "path": "", "deleted_why": "came after its class was purged"},
    "consent_clips": {"state": "deleted", "path": ""},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgedClasses:
    """Of one call, read under its lock, so that no purge and no write pass each other."""

    call_id: CallId
    letters: frozenset[str]

    def without_expired(self, recorded: Recorded) -> Recorded:
        """The entry as it may be written now."""
        event = emptied(recorded.event, self.letters) if self.letters else recorded.event
        return recorded if event is recorded.event else replace(recorded, event=event)

    async def allowed(self, connection: AsyncConnection, change: RowChange) -> RowChange:
        """The change as it may be made: a recording of a call without audio is deleted from the start.

        Its file may have come with it, so the class counts as not purged, and the next run looks for the file.
        """
        if change.table not in _DELETED or ContentClass.AUDIO not in self.letters:
            return change
        marker = (CallPurgeModel.call_id == self.call_id, CallPurgeModel.content_class == ContentClass.AUDIO)
        await connection.execute(delete(CallPurgeModel).where(*marker))
        return replace(change, values={**change.values, **_DELETED[change.table]}, keeps=frozenset())


async def purged_classes(connection: AsyncConnection, call_id: CallId) -> PurgedClasses:
    """What has been purged of the call; call it with the call locked."""
    query = select(CallPurgeModel.content_class).where(CallPurgeModel.call_id == call_id)
    return PurgedClasses(call_id=call_id, letters=frozenset((await connection.scalars(query)).all()))
