"""What is deleted of a call's rows, class by class; in the transaction of the caller, who has locked the call.

Evidence is never updated: an entry of the log that holds expired content is deleted and entered anew without it, at its
place, so that the log stays whole and a fold of it brings nothing back.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from voiceagent.conversation.effects import EffectState
from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import CallId
from voiceagent.records.call_log import load_events, put_events
from voiceagent.records.models import (
    CallbackModel,
    CallEventModel,
    CallModel,
    ConsentEventModel,
    EffectModel,
    ToolCallModel,
    TranscriptSegmentModel,
)
from voiceagent.telephony.expiry import emptied

_FINISHED_JOBS: Final = text(
    "DELETE FROM procrastinate_jobs WHERE args ->> 'call_id' = :call_id AND args ->> 'tenant_id' = :tenant_id"
    " AND status IN ('succeeded', 'failed', 'cancelled', 'aborted')"
)
_OPEN_JOBS_ERRORS: Final = text(
    "UPDATE job_attempts SET error = '' WHERE error <> '' AND job_id IN (SELECT id FROM procrastinate_jobs"
    " WHERE args ->> 'call_id' = :call_id AND args ->> 'tenant_id' = :tenant_id)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """One class of one call. `pseudonym` names a number in class M."""

    tenant_id: str
    call_id: CallId
    content_class: ContentClass
    now: datetime
    pseudonym: Callable[[str], str]


async def is_in_use(connection: AsyncConnection, expired: Expired) -> bool:
    """Whether something is being carried out with it at this moment: the next run takes it."""
    busy = (EffectModel.state == EffectState.COMMITTING, EffectModel.held_until > expired.now)
    query = select(EffectModel.proposal_id).where(*_of(EffectModel, expired), *busy).limit(1)
    return expired.content_class is ContentClass.TOOL and await connection.scalar(query) is not None


async def purge_rows(connection: AsyncConnection, expired: Expired) -> int:
    """Delete or empty the rows of the class; the number of rows that held something."""
    rows = await _PURGES[expired.content_class](connection, expired)
    return rows + await _empty_the_log(connection, expired)


async def _empty_the_log(connection: AsyncConnection, expired: Expired) -> int:
    log = await load_events(connection, expired.call_id, None)
    letters = frozenset({expired.content_class.value})
    left = {seq: emptied(one.event, letters, expired.pseudonym) for seq, one in log.items()}
    changed = [replace(one, event=left[seq]) for seq, one in log.items() if left[seq] is not one.event]
    if changed:
        seqs = [one.seq for one in changed]
        place = (CallEventModel.call_id == expired.call_id, CallEventModel.seq.in_(seqs))
        await connection.execute(delete(CallEventModel).where(*place))
        await put_events(connection, changed)
    return len(changed)


async def _words(connection: AsyncConnection, expired: Expired) -> int:
    jobs = {"call_id": expired.call_id, "tenant_id": expired.tenant_id}
    gone = await _run(connection, delete(TranscriptSegmentModel).where(*_of(TranscriptSegmentModel, expired)))
    about = update(CallbackModel).where(*_of(CallbackModel, expired), CallbackModel.intent != "")
    gone += await _run(connection, about.values(intent=""))
    gone += await _run(connection, _FINISHED_JOBS, jobs)
    return gone + await _run(connection, _OPEN_JOBS_ERRORS, jobs)


async def _payloads(connection: AsyncConnection, expired: Expired) -> int:
    calls = update(ToolCallModel).where(*_of(ToolCallModel, expired))
    gone = await _run(connection, calls.values(arguments={}, result={}, error="", withheld=True))
    effects = update(EffectModel).where(*_of(EffectModel, expired))
    return gone + await _run(connection, effects.values(arguments={}, result={}, error="", caller=""))


async def _addresses(connection: AsyncConnection, expired: Expired) -> int:
    """Numbers of people become pseudonyms; the rows stay, for statistics."""
    call = select(CallModel.direction, CallModel.caller, CallModel.callee).where(*_of(CallModel, expired))
    row = (await connection.execute(call)).one_or_none()
    if row is None:
        return 0
    theirs = "callee" if row.direction == "outbound" else "caller"
    values = {theirs: expired.pseudonym(getattr(row, theirs)), "sip_call_id": "", "explanation": "", "source": ""}
    gone = await _run(connection, update(CallModel).where(*_of(CallModel, expired)).values(values))
    numbers = select(CallbackModel.id, CallbackModel.number).where(*_of(CallbackModel, expired))
    for callback_id, number in (await connection.execute(numbers)).all():
        named = update(CallbackModel).where(CallbackModel.id == callback_id)
        gone += await _run(connection, named.values(number=expired.pseudonym(number)))
    return gone


async def _evidence(connection: AsyncConnection, expired: Expired) -> int:
    return await _run(connection, delete(ConsentEventModel).where(*_of(ConsentEventModel, expired)))


def _of(model: Any, expired: Expired) -> tuple[Any, ...]:
    return model.tenant_id == expired.tenant_id, model.call_id == expired.call_id


async def _run(connection: AsyncConnection, statement: Any, parameters: Mapping[str, Any] | None = None) -> int:
    return int((await connection.execute(statement, parameters or {})).rowcount)


_Purge = Callable[[AsyncConnection, Expired], Awaitable[int]]
_PURGES: Final[Mapping[ContentClass, _Purge]] = MappingProxyType(
    {
        ContentClass.TRANSCRIPT: _words,
        ContentClass.TOOL: _payloads,
        ContentClass.METADATA: _addresses,
        ContentClass.CONSENT: _evidence,
    }
)
