"""Which calls are a person's, by the names that their records may have, and what of them was left behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from voiceagent.core.content_class import ContentClass
from voiceagent.records.retention_values import CallFacts

# The end of a call that has none is a day after its beginning, as for the purge; one that goes on is found later.
_SUBJECT: Final = text(
    """
    SELECT c.call_id, c.caller, c.callee, c.direction, c.profile,
           coalesce(c.ended_at, c.started_at + interval '1 day') AS ended_at,
           ARRAY(SELECT tag FROM call_tags t WHERE t.call_id = c.call_id) AS tags
      FROM calls c
     WHERE c.tenant_id = :tenant_id
       AND c.started_at <= :before AND coalesce(c.ended_at, c.started_at + interval '1 day') <= :now
       AND (CASE c.direction WHEN 'outbound' THEN c.callee ELSE c.caller END = ANY(:names)
            OR c.call_id = ANY(:call_ids))
     ORDER BY c.started_at, c.call_id
    """
)
_BY_ID: Final = text(
    """
    SELECT c.call_id, c.caller, c.callee, c.direction, c.profile,
           coalesce(c.ended_at, c.started_at + interval '1 day') AS ended_at,
           ARRAY(SELECT tag FROM call_tags t WHERE t.call_id = c.call_id) AS tags
      FROM calls c
     WHERE c.tenant_id = :tenant_id AND c.call_id = ANY(:call_ids)
    """
)
# A change that was proposed in a call which never came: younger ones may be of a call that is being written
_STRAYS: Final = text(
    """
    UPDATE effects e SET arguments = '{}', result = '{}', error = '', caller = ''
     WHERE tenant_id = :tenant_id AND caller = ANY(:names) AND proposed_at < :before
       AND state <> 'committing'
       AND NOT EXISTS (SELECT FROM calls c WHERE c.call_id = e.call_id)
       AND NOT EXISTS (SELECT FROM legal_holds h WHERE h.tenant_id = :tenant_id AND h.released_at IS NULL
                        AND h.selector ->> 'caller' = e.caller AND 'X' = ANY(h.classes))
    """
)
_PATIENTLY: Final = text("SET LOCAL statement_timeout = '10min'")
# What the purge promises of each class, asked of the tables themselves
_LEFT: Final = text(
    """
    SELECT item.call_id, item.content_class FROM erasure_items item JOIN calls c ON c.call_id = item.call_id
     WHERE item.tenant_id = :tenant_id AND item.request_id = :request_id AND item.fate = 'erased'
       AND (NOT EXISTS (SELECT FROM call_purges p
                         WHERE p.call_id = item.call_id AND p.content_class = item.content_class)
            OR CASE item.content_class
               WHEN 'A' THEN EXISTS (SELECT FROM recordings r WHERE r.call_id = item.call_id
                                      AND (r.state <> 'deleted' OR r.path <> ''))
                          OR EXISTS (SELECT FROM consent_clips s WHERE s.call_id = item.call_id
                                      AND (s.state <> 'deleted' OR s.path <> ''))
                          OR EXISTS (SELECT FROM data_keys k WHERE k.call_id = item.call_id
                                      AND k.retention_class = 'A' AND k.wrapped IS NOT NULL)
               WHEN 'T' THEN EXISTS (SELECT FROM transcript_segments s WHERE s.call_id = item.call_id)
               WHEN 'X' THEN EXISTS (SELECT FROM tool_calls x WHERE x.call_id = item.call_id AND NOT x.withheld)
               WHEN 'M' THEN CASE c.direction WHEN 'outbound' THEN c.callee ELSE c.caller END NOT SIMILAR TO '(hmac:%)?'
               ELSE EXISTS (SELECT FROM consent_events e WHERE e.call_id = item.call_id) END)
    """
)
_KEYS: Final = text(
    "SELECT call_id, retention_class, id FROM data_keys WHERE tenant_id = :tenant_id AND call_id = ANY(:call_ids)"
    " AND shredded_at IS NOT NULL ORDER BY id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A person as records know them. `names`: every form of their numbers, and pseudonyms of purged ones. PII."""

    names: Sequence[str]
    call_ids: Sequence[str]


async def calls_of(
    store: AsyncConnection | AsyncSession, tenant_id: str, subject: Subject, *, before: datetime, now: datetime
) -> Sequence[CallFacts]:
    """The person's calls that began before then and have ended, the oldest first."""
    await store.execute(_PATIENTLY)
    values = {
        "tenant_id": tenant_id,
        "names": list(subject.names),
        "call_ids": list(subject.call_ids),
        "before": before,
        "now": now,
    }
    return [_facts(row) for row in (await store.execute(_SUBJECT, values)).all()]


async def facts_of(
    store: AsyncConnection | AsyncSession, tenant_id: str, call_ids: Sequence[str]
) -> Sequence[CallFacts]:
    """What rules look at, of these calls."""
    found = await store.execute(_BY_ID, {"tenant_id": tenant_id, "call_ids": list(call_ids)})
    return [_facts(row) for row in found.all()]


async def left_of(
    store: AsyncConnection | AsyncSession, tenant_id: str, request_id: str
) -> Sequence[tuple[str, ContentClass]]:
    """What should be erased and is still there: calls and classes."""
    rows = (await store.execute(_LEFT, {"tenant_id": tenant_id, "request_id": request_id})).all()
    return [(row.call_id, ContentClass(row.content_class)) for row in rows]


async def empty_strays(
    store: AsyncConnection | AsyncSession, tenant_id: str, names: Sequence[str], *, before: datetime
) -> int:
    """Empty changes that the person asked for in calls which are not in the records; how many.

    What such a hold names by their number stays.
    """
    values = {"tenant_id": tenant_id, "names": list(names), "before": before}
    return int((await store.execute(_STRAYS, values)).rowcount)  # type: ignore[attr-defined]


async def shredded_keys(
    store: AsyncConnection | AsyncSession, tenant_id: str, call_ids: Sequence[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Ids of destroyed data keys by call and class letter."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in (await store.execute(_KEYS, {"tenant_id": tenant_id, "call_ids": list(call_ids)})).all():
        place = (row.call_id, row.retention_class)
        found[place] = (*found.get(place, ()), row.id)
    return found


def _facts(row: Any) -> CallFacts:
    outbound = row.direction == "outbound"
    return CallFacts(
        call_id=row.call_id,
        ended_at=row.ended_at,
        number=row.caller if outbound else row.callee,
        caller=row.callee if outbound else row.caller,
        profile=row.profile,
        tags=frozenset(row.tags),
    )
