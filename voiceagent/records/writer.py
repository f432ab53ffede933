"""Writes call events: one transaction per batch, idempotent by `(call_id, seq)`, and folds them into the other tables.

Writers may run side by side: each takes the calls of its batch under an advisory lock, in order of their ids, so that
two batches with the same calls wait for each other instead of for each other's locks.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import reduce

from sqlalchemy import Table, delete, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voiceagent.core.ids import CallId
from voiceagent.records.at_rest.encryption import EncryptionEntry
from voiceagent.records.audit.act import Act
from voiceagent.records.audit.append import append
from voiceagent.records.audit.noted_events import act_of_event
from voiceagent.records.base import Base
from voiceagent.records.call_log import load_events, lock_calls, put_events
from voiceagent.records.engine import store_errors
from voiceagent.records.log_merge import REAPED_AT_MOST, Merge, merge
from voiceagent.records.models import CallEventModel, CallModel
from voiceagent.records.projection import project
from voiceagent.records.purging.late import PurgedClasses, purged_classes
from voiceagent.records.repositories.calls import record_of_row
from voiceagent.records.row_change import RowChange
from voiceagent.records.webhooks.outbox import WebhookEntry
from voiceagent.records.write_backs import WriteBackEntry
from voiceagent.telephony.cdr import CallDetailRecord, empty, fold
from voiceagent.telephony.events import Recorded
from voiceagent.telephony.printable import printable

_CALLS: Table = Base.metadata.tables["calls"]
_Told = tuple[Recorded, Act]  # what the audit log is told, and of which event


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """Of one call: the events that were new."""

    added: Sequence[Recorded] = ()
    acts: Sequence[_Told] = ()


class RecordsWriter:
    """The only writer of the call tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._write_backs = WriteBackEntry()
        self._encryption = EncryptionEntry()
        self._webhooks = WebhookEntry()

    async def write(self, batch: Sequence[Recorded]) -> int:
        """Write the batch in one transaction; the number of events that were new.

        Raises StoreUnavailable when Postgres does not answer (nothing was written: try again), and
        sqlalchemy's DBAPIError when it refuses a value (see `intake`, which isolates it).
        """
        by_call: dict[CallId, list[Recorded]] = defaultdict(list)
        for recorded in batch:
            by_call[recorded.call_id].append(recorded)
        with store_errors():
            async with self._engine.begin() as connection:
                await lock_calls(connection, list(by_call))
                written = [await self._write_call(connection, call, by_call[call]) for call in sorted(by_call)]
                await _note(connection, [act for of_call in written for act in of_call.acts])
                return sum(len(of_call.added) for of_call in written)

    async def _write_call(self, connection: AsyncConnection, call_id: CallId, arriving: list[Recorded]) -> _Written:
        purged = await purged_classes(connection, call_id)
        arriving = [purged.without_expired(recorded) for recorded in arriving]
        before = await _load_call(connection, call_id)
        last_seq = before.last_seq if before else 0
        late = {recorded.seq for recorded in arriving if recorded.seq <= last_seq}
        if late:
            late |= set(range(last_seq - REAPED_AT_MOST + 1, last_seq + 1))
        stored = await load_events(connection, call_id, late)
        merged = merge(arriving, stored, last_seq)
        if not merged.added:
            return _Written()
        if before is None:
            before = empty(merged.added[0])
        if merged.changes_history or merged.added[0].seq <= last_seq:
            acts = await self._rewrite(connection, call_id, merged, purged)
        else:
            acts = await self._append(connection, before, merged.added, purged)
        told = [(one, act) for one in merged.added if (act := act_of_event(one)) is not None]
        return _Written(added=merged.added, acts=[*told, *acts])

    async def _append(
        self, connection: AsyncConnection, before: CallDetailRecord, added: Sequence[Recorded], purged: PurgedClasses
    ) -> Sequence[_Told]:
        after = reduce(fold, added, before)
        await _put_call(connection, after)
        await put_events(connection, added)
        acts = await _put_rows(connection, before, added, {recorded.seq for recorded in added}, purged)
        await self._owe(connection, after, added)
        return acts

    async def _rewrite(
        self, connection: AsyncConnection, call_id: CallId, merged: Merge, purged: PurgedClasses
    ) -> Sequence[_Told]:
        """History changed behind the fold: write the log, then fold all of it again."""
        if merged.displaced:
            place = (CallEventModel.call_id == call_id, CallEventModel.seq.in_(merged.displaced))
            await connection.execute(delete(CallEventModel).where(*place))
        await put_events(connection, merged.added)
        log = sorted((await load_events(connection, call_id, None)).values(), key=lambda recorded: recorded.seq)
        after = reduce(fold, log, empty(log[0]))
        await _put_call(connection, after)
        new = {recorded.seq for recorded in merged.added}
        acts = await _put_rows(connection, empty(log[0]), log, new, purged)
        await self._owe(connection, after, merged.added)
        return acts

    async def _owe(self, connection: AsyncConnection, record: CallDetailRecord, added: Sequence[Recorded]) -> None:
        """Enter the jobs that what was written asks for."""
        await self._write_backs.owe(connection, record)
        for recorded in added:
            await self._encryption.owe(connection, recorded)
        await self._webhooks.owe(connection, added)


async def _note(connection: AsyncConnection, acts: Iterable[_Told]) -> None:
    """Tell the audit log, which is locked until the transaction ends: last, and in one order for all writers."""
    for recorded, act in sorted(acts, key=lambda told: told[0].tenant_id):
        await append(connection, recorded.tenant_id, act, recorded.at)


async def _load_call(connection: AsyncConnection, call_id: CallId) -> CallDetailRecord | None:
    row = (await connection.execute(select(_CALLS).where(CallModel.call_id == call_id))).mappings().one_or_none()
    return None if row is None else record_of_row({str(name): value for name, value in row.items()})


async def _put_call(connection: AsyncConnection, record: CallDetailRecord) -> None:
    values = printable({**asdict(record), "response_latencies_ms": list(record.response_latencies_ms)})
    statement = insert(_CALLS).values(values)
    values.pop("call_id")
    await connection.execute(statement.on_conflict_do_update(index_elements=["call_id"], set_=values))


async def _put_rows(
    connection: AsyncConnection,
    before: CallDetailRecord,
    log: Sequence[Recorded],
    only: set[int],
    purged: PurgedClasses,
) -> Sequence[_Told]:
    """Project the entries of `log` whose seq is in `only`; the others only move the record on. Acts of new rows."""
    acts: list[_Told] = []
    for recorded in log:
        change = project(before, recorded) if recorded.seq in only else None
        if change is not None and await _put_row(connection, await purged.allowed(connection, change)):
            acts += [(recorded, change.act)] if change.act else []
        before = fold(before, recorded)
    return acts


async def _put_row(connection: AsyncConnection, change: RowChange) -> bool:
    """False when the row was there and stays as it is."""
    values = printable(change.values)
    statement = insert(Base.metadata.tables[change.table]).values({**change.key, **values})
    if change.once:
        entered = statement.on_conflict_do_nothing(index_elements=list(change.key)).returning(literal(1))
        return await connection.scalar(entered) is not None
    anew = {name: value for name, value in values.items() if name not in change.keeps}
    await connection.execute(statement.on_conflict_do_update(index_elements=list(change.key), set_=anew))
    return True
