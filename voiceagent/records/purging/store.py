"""The purge as Postgres sees it: which calls are candidates, and each deletion as one transaction.

A deletion is judged inside of its transaction, under a lock that it shares with placing a hold: once a hold has been
answered, nothing under it is deleted any more, whatever a run had read before.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import InternalError
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.at_rest.data_keys import shred
from voiceagent.records.base import RetentionClass
from voiceagent.records.call_log import lock_calls
from voiceagent.records.engine import store_errors
from voiceagent.records.models import CallPurgeModel, CallTagModel, ConsentClipModel, RecordingModel
from voiceagent.records.purging.contents import Expired, Place, by_call, in_use, purge_rows
from voiceagent.records.repositories.legal_holds import active_holds, share_holds_lock
from voiceagent.records.retention_values import CallFacts, LegalHold

# The end of a call that has none: no call lasts longer than a day, and nothing is kept for want of an end.
_CANDIDATES: Final = text(
    """
    SELECT c.call_id, c.started_at, c.caller, c.callee, c.direction, c.profile,
           coalesce(c.ended_at, c.started_at + interval '1 day') AS ended_at,
           ARRAY(SELECT tag FROM call_tags t WHERE t.call_id = c.call_id) AS tags
      FROM calls c
     WHERE c.tenant_id = :tenant_id AND c.started_at <= :ended_before
       AND coalesce(c.ended_at, c.started_at + interval '1 day') <= :ended_before
       AND (c.started_at, c.call_id) > (:after_start, :after_id)
       AND NOT EXISTS (SELECT 1 FROM call_purges p WHERE p.call_id = c.call_id AND p.content_class = :content_class)
     ORDER BY c.started_at, c.call_id LIMIT :limit
    """
)
_TENANTS: Final = text("SELECT id FROM tenants UNION SELECT DISTINCT tenant_id FROM calls ORDER BY 1")
_STRAY_JOBS: Final = text(
    """
    DELETE FROM procrastinate_jobs job
     WHERE args ->> 'tenant_id' = :tenant_id AND args ->> 'call_id' IS NULL
       AND status IN ('failed', 'cancelled', 'aborted')
       AND NOT EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = job.id AND e.at > :words_before)
    """
)
_STRAY_EFFECTS: Final = text(
    """
    UPDATE effects e SET arguments = '{}', result = '{}', error = '', caller = ''
     WHERE tenant_id = :tenant_id AND proposed_at < :payloads_before AND (caller <> '' OR arguments <> '{}')
       AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.call_id = e.call_id)
    """
)
# It passes over all calls that were purged before, which takes longer than any request may with millions of them
_PATIENTLY: Final = text("SET LOCAL statement_timeout = '10min'")
_OLD_DELIVERIES: Final = text(
    """
    DELETE FROM webhook_deliveries delivery USING webhook_endpoints endpoint
     WHERE endpoint.tenant_id = :tenant_id AND delivery.endpoint_id = endpoint.id AND delivery.entered_at < :before
       AND delivery.state <> 'pending'
    """
)

_CLOSE_RECORDINGS: Final = text(
    """
    UPDATE recordings SET state = 'deleted', deleted_at = :now, deleted_why = doomed.why
      FROM unnest(CAST(:ids AS text[]), CAST(:whys AS text[])) AS doomed (id, why)
     WHERE tenant_id = :tenant_id AND call_id = doomed.id AND state <> 'deleted'
    """
)
_PATHS: Final = text(
    """
    SELECT call_id, path FROM recordings WHERE tenant_id = :tenant_id AND call_id = ANY(:ids)
    UNION ALL SELECT call_id, path FROM consent_clips WHERE tenant_id = :tenant_id AND call_id = ANY(:ids)
    """
)

PURGE: Final = "purge"  # the job of one run
# Of a class of a call, holds, and the call's tags: why it goes; "" when it must stay
Judge = Callable[[CallId, ContentClass, Sequence[LegalHold], frozenset[str]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A call whose content of a class is still there. `started_at` and its id are its place in the order."""

    started_at: datetime
    facts: CallFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """Recordings of a call that nobody can read any more and whose files are still to be removed."""

    call_id: CallId
    paths: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What went, and the number of rows that held something. What is in use at this moment did not."""

    rows: int
    gone: frozenset[Place]


class PurgeStore:
    """Every method raises StoreUnavailable, and can be repeated after it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def tenants(self) -> Sequence[TenantId]:
        """Those that are configured, and those that only have calls."""
        with store_errors():
            async with self._engine.connect() as connection:
                return [TenantId(found) for found in await connection.scalars(_TENANTS)]

    async def candidates(
        self,
        tenant_id: TenantId,
        content_class: ContentClass,
        *,
        ended_before: datetime,
        after: Candidate | None,
        limit: int,
    ) -> Sequence[Candidate]:
        """Calls that ended by then and of which the class was not purged, the oldest first."""
        place = {
            "after_start": after.started_at if after else datetime.min.replace(tzinfo=ended_before.tzinfo),
            "after_id": after.facts.call_id if after else "",
        }
        values = {"tenant_id": tenant_id, "content_class": content_class, "ended_before": ended_before, "limit": limit}
        with store_errors():
            async with self._engine.connect() as connection:
                await connection.execute(_PATIENTLY)
                rows = (await connection.execute(_CANDIDATES, {**values, **place})).all()
        return [
            Candidate(
                started_at=row.started_at,
                facts=CallFacts(
                    call_id=row.call_id,
                    ended_at=row.ended_at,
                    number=row.caller if row.direction == "outbound" else row.callee,
                    caller=row.callee if row.direction == "outbound" else row.caller,
                    profile=row.profile,
                    tags=frozenset(row.tags),
                ),
            )
            for row in rows
        ]

    async def purge(self, expired: Expired, judge: Judge) -> Purged:
        """Delete the rows of what need not stay. Not for audio, whose files come first."""
        with _errors():
            async with self._engine.begin() as connection:
                why = await _judged(connection, expired, judge)
                busy = await in_use(connection, expired)
                gone = frozenset(one for one in why if one[1] is not ContentClass.TOOL or one[0] not in busy)
                doomed = replace(expired, contents=by_call(gone))
                rows = await purge_rows(connection, doomed) if gone else 0
                await _mark(connection, expired.tenant_id, expired.now, {place: why[place] for place in gone})
                return Purged(rows=rows, gone=gone)

    async def close_recordings(self, expired: Expired, judge: Judge) -> Sequence[Doomed]:
        """From now on they read as deleted, and what is encrypted has lost its key; nothing of calls that must stay.

        Then remove the files and `forget_recordings`.
        """
        with _errors():
            async with self._engine.begin() as connection:
                why = {call_id: why for (call_id, _), why in (await _judged(connection, expired, judge)).items()}
                if not why:
                    return ()
                closing = {"ids": list(why), "whys": list(why.values()), "tenant_id": expired.tenant_id}
                await connection.execute(_CLOSE_RECORDINGS, {**closing, "now": expired.now})
                clips = (ConsentClipModel.tenant_id == expired.tenant_id, ConsentClipModel.call_id.in_(why))
                await connection.execute(update(ConsentClipModel).where(*clips).values(state="deleted"))
                # After both updates, which wait for an encryption that is storing its key at this moment
                tenant_id = TenantId(expired.tenant_id)
                await shred(connection, tenant_id, list(why), RetentionClass.AUDIO, expired.now)
                paths = defaultdict(list)
                for row in (await connection.execute(_PATHS, closing)).all():
                    paths[row.call_id].append(row.path)
                return [Doomed(call_id=one, paths=tuple(paths[one]), why=because) for one, because in why.items()]

    async def forget_recordings(self, tenant_id: str, doomed: Sequence[Doomed], now: datetime) -> None:
        """Their files are gone."""
        calls = [one.call_id for one in doomed]
        with _errors():
            async with self._engine.begin() as connection:
                await lock_calls(connection, calls)
                for model in (RecordingModel, ConsentClipModel):
                    own = (model.tenant_id == tenant_id, model.call_id.in_(calls))
                    await connection.execute(update(model).where(*own).values(path=""))
                await _mark(connection, tenant_id, now, {(one.call_id, ContentClass.AUDIO): one.why for one in doomed})

    async def sweep(self, tenant_id: TenantId, *, words_before: datetime, payloads_before: datetime) -> int:
        """Dead letters about no call, and effects whose call never came: the number of rows."""
        strays = ((_STRAY_JOBS, {"words_before": words_before}), (_STRAY_EFFECTS, {"payloads_before": payloads_before}))
        with store_errors():
            async with self._engine.begin() as connection:
                done = [await connection.execute(sql, {"tenant_id": tenant_id, **more}) for sql, more in strays]
        return sum(result.rowcount for result in done)

    async def forget_deliveries(self, tenant_id: TenantId, before: datetime) -> None:
        """Those that were entered before then and are settled."""
        with store_errors():
            async with self._engine.begin() as connection:
                await connection.execute(_OLD_DELIVERIES, {"tenant_id": tenant_id, "before": before})


@contextmanager
def _errors() -> Iterator[None]:
    """What Postgres refuses of one call is said without its message, which may quote data."""
    try:
        with store_errors():
            yield
    except DBAPIError as error:
        raise InternalError(f"Postgres refused a statement: {type(error.orig).__name__}") from error


async def _judged(connection: AsyncConnection, expired: Expired, judge: Judge) -> dict[Place, str]:
    """Why each of them goes; those that must stay are not there. The calls are locked afterwards."""
    calls = sorted(expired.contents)
    await share_holds_lock(connection, expired.tenant_id)
    await lock_calls(connection, calls)
    holds = await active_holds(connection, expired.tenant_id)
    tags: dict[str, set[str]] = {call_id: set() for call_id in calls}
    query = select(CallTagModel.call_id, CallTagModel.tag).where(CallTagModel.call_id.in_(calls))
    for call_id, tag in await connection.execute(query):
        tags[call_id].add(tag)
    judged = {place: judge(*place, holds, frozenset(tags[place[0]])) for place in expired.places()}
    return {place: why for place, why in judged.items() if why}


async def _mark(connection: AsyncConnection, tenant_id: str, now: datetime, why: Mapping[Place, str]) -> None:
    rows = [
        {
            "call_id": call_id,
            "content_class": content_class.value,
            "tenant_id": tenant_id,
            "purged_at": now,
            "why": because,
        }
        for (call_id, content_class), because in why.items()
    ]
    if rows:
        await connection.execute(insert(CallPurgeModel).values(rows).on_conflict_do_nothing())
