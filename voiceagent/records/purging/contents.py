"""What is deleted of calls' rows, class by class; in the transaction of the caller, who has locked the calls.

Evidence is never updated: an entry of the log that holds expired content is deleted and entered anew without it, at its
place, so that the log stays whole and a fold of it brings nothing back. Each statement takes all the calls at once.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import delete, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from voiceagent.conversation.effects import EffectState
from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import CallId
from voiceagent.records.call_log import load_logs, put_events
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
    "DELETE FROM procrastinate_jobs WHERE args ->> 'call_id' = ANY(:call_ids) AND args ->> 'tenant_id' = :tenant_id"
    " AND status IN ('succeeded', 'failed', 'cancelled', 'aborted')"
)
_OPEN_JOBS_ERRORS: Final = text(
    "UPDATE job_attempts SET error = '' WHERE error <> '' AND job_id IN (SELECT id FROM procrastinate_jobs"
    " WHERE args ->> 'call_id' = ANY(:call_ids) AND args ->> 'tenant_id' = :tenant_id)"
)
_RENAMED_CALLS: Final = text(
    """
    UPDATE calls SET caller = CASE direction WHEN 'outbound' THEN caller ELSE named.pseudonym END,
                     callee = CASE direction WHEN 'outbound' THEN named.pseudonym ELSE callee END,
                     sip_call_id = '', explanation = '', source = ''
      FROM unnest(CAST(:ids AS text[]), CAST(:pseudonyms AS text[])) AS named (id, pseudonym)
     WHERE calls.call_id = named.id
    """
)
_RENAMED_CALLBACKS: Final = text(
    "UPDATE callbacks SET number = named.pseudonym"
    " FROM unnest(CAST(:ids AS text[]), CAST(:pseudonyms AS text[])) AS named (id, pseudonym)"
    " WHERE callbacks.id = named.id"
)


Place = tuple[CallId, ContentClass]


def by_call(places: Iterable[Place]) -> dict[CallId, frozenset[ContentClass]]:
    """Which classes of each call."""
    found: dict[CallId, frozenset[ContentClass]] = {}
    for call_id, content_class in places:
        found[call_id] = found.get(call_id, frozenset()) | {content_class}
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Which classes of which calls of a tenant. `pseudonym` names a number in class M."""

    tenant_id: str
    contents: Mapping[CallId, frozenset[ContentClass]]
    now: datetime
    pseudonym: Callable[[str], str]

    def places(self) -> Iterator[Place]:
        """Call by call, in one order for all."""
        for call_id in sorted(self.contents):
            for content_class in sorted(self.contents[call_id]):
                yield call_id, content_class

    def of(self, content_class: ContentClass) -> list[CallId]:
        return sorted(call_id for call_id, classes in self.contents.items() if content_class in classes)


async def in_use(connection: AsyncConnection, expired: Expired) -> frozenset[CallId]:
    """The calls of whose tools something is being carried out at this moment: the next run takes those."""
    busy = (EffectModel.state == EffectState.COMMITTING, EffectModel.held_until > expired.now)
    theirs = _of(EffectModel, expired, expired.of(ContentClass.TOOL))
    found = await connection.scalars(select(EffectModel.call_id).where(*theirs, *busy))
    return frozenset(CallId(call_id) for call_id in found)


async def purge_rows(connection: AsyncConnection, expired: Expired) -> int:
    """Delete or empty the rows of the classes; the number of rows that held something."""
    rows = 0
    for content_class, purge in _PURGES.items():
        if calls := expired.of(content_class):
            rows += await purge(connection, expired, calls)
    return rows + await _empty_the_logs(connection, expired)


async def _empty_the_logs(connection: AsyncConnection, expired: Expired) -> int:
    changed = []
    for one in await load_logs(connection, list(expired.contents)):
        letters = frozenset(content_class.value for content_class in expired.contents[one.call_id])
        event = emptied(one.event, letters, expired.pseudonym)
        if event is not one.event:
            changed.append(replace(one, event=event))
    if changed:
        places = [(one.call_id, one.seq) for one in changed]
        there = tuple_(CallEventModel.call_id, CallEventModel.seq).in_(places)
        await connection.execute(delete(CallEventModel).where(there))
        await put_events(connection, changed)
    return len(changed)


async def _words(connection: AsyncConnection, expired: Expired, calls: Sequence[CallId]) -> int:
    jobs = {"call_ids": list(calls), "tenant_id": expired.tenant_id}
    gone = await _run(connection, delete(TranscriptSegmentModel).where(*_of(TranscriptSegmentModel, expired, calls)))
    about = update(CallbackModel).where(*_of(CallbackModel, expired, calls), CallbackModel.intent != "")
    gone += await _run(connection, about.values(intent=""))
    gone += await _run(connection, _FINISHED_JOBS, jobs)
    return gone + await _run(connection, _OPEN_JOBS_ERRORS, jobs)


async def _payloads(connection: AsyncConnection, expired: Expired, calls: Sequence[CallId]) -> int:
    tool_calls = update(ToolCallModel).where(*_of(ToolCallModel, expired, calls))
    gone = await _run(connection, tool_calls.values(arguments={}, result={}, error="", withheld=True))
    effects = update(EffectModel).where(*_of(EffectModel, expired, calls))
    return gone + await _run(connection, effects.values(arguments={}, result={}, error="", caller=""))


async def _addresses(connection: AsyncConnection, expired: Expired, calls: Sequence[CallId]) -> int:
    """Numbers of people become pseudonyms; the rows stay, for statistics."""
    of_call = select(CallModel.call_id, CallModel.direction, CallModel.caller, CallModel.callee)
    rows = (await connection.execute(of_call.where(*_of(CallModel, expired, calls)))).all()
    theirs = {row.call_id: row.callee if row.direction == "outbound" else row.caller for row in rows}
    of_callback = select(CallbackModel.id, CallbackModel.number).where(*_of(CallbackModel, expired, calls))
    numbers = {row.id: row.number for row in (await connection.execute(of_callback)).all()}
    return await _rename(connection, _RENAMED_CALLS, theirs, expired) + await _rename(
        connection, _RENAMED_CALLBACKS, numbers, expired
    )


async def _rename(connection: AsyncConnection, statement: Any, numbers: Mapping[str, str], expired: Expired) -> int:
    if not numbers:
        return 0
    pseudonyms = [expired.pseudonym(number) for number in numbers.values()]
    return await _run(connection, statement, {"ids": list(numbers), "pseudonyms": pseudonyms})


async def _evidence(connection: AsyncConnection, expired: Expired, calls: Sequence[CallId]) -> int:
    return await _run(connection, delete(ConsentEventModel).where(*_of(ConsentEventModel, expired, calls)))


def _of(model: Any, expired: Expired, calls: Sequence[CallId]) -> tuple[Any, ...]:
    return model.tenant_id == expired.tenant_id, model.call_id.in_(calls)


async def _run(connection: AsyncConnection, statement: Any, parameters: Mapping[str, Any] | None = None) -> int:
    return int((await connection.execute(statement, parameters or {})).rowcount)


_Purge = Callable[[AsyncConnection, Expired, Sequence[CallId]], Awaitable[int]]
_PURGES: Final[Mapping[ContentClass, _Purge]] = MappingProxyType(
    {
        ContentClass.TRANSCRIPT: _words,
        ContentClass.TOOL: _payloads,
        ContentClass.METADATA: _addresses,
        ContentClass.CONSENT: _evidence,
    }
)
