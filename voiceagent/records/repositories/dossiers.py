"""Whole calls of one tenant, many at a time: one query a table and page instead of seven a call."""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set as AbstractSet
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Text, any_, func, literal, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.captured_spans import CAPTURE_EVENTS, SilencedSpan, captured_spans
from voiceagent.records.dossier import CallDossier
from voiceagent.records.erasure_values import HIDDEN
from voiceagent.records.models import (
    CallbackModel,
    CallEventModel,
    CallLegModel,
    CallModel,
    CallPurgeModel,
    ConsentEventModel,
    ErasureItemModel,
    ErasureTombstoneModel,
    RecordingModel,
    ToolCallModel,
    TranscriptSegmentModel,
    TransferModel,
)
from voiceagent.records.repositories.calls import RECORD_COLUMNS, CallCursor, record_of_row
from voiceagent.records.values import (
    CallLeg,
    ConsentEvidence,
    Recording,
    StoredCallback,
    StoredTransfer,
    ToolCall,
    TranscriptSegment,
)
from voiceagent.telephony.cdr import CallDetailRecord
from voiceagent.telephony.events import CallStarted, RecordingSilenced

T = TypeVar("T")
_Told = tuple[str, datetime, dict[str, Any]]  # type of an event, when, and what is in it
_TELLS = (*CAPTURE_EVENTS, CallStarted.TYPE, RecordingSilenced.TYPE)
_SPAN = tuple(field.name for field in fields(SilencedSpan))
_ONE_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
# Between two pages the recordings of a hundred calls are read and hashed, which takes longer than a forgotten
# transaction is left open
_WAITS = text("SET LOCAL idle_in_transaction_session_timeout = 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRange:
    """Calls that began at `since` or later and before `until`, or the one `call_id`. Empty fields do not filter.

    `call_ids`: only these, where it is not None.
    """

    since: datetime | None = None
    until: datetime | None = None
    call_id: CallId | None = None
    call_ids: Sequence[str] | None = None


class DossierRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def hold_still(self) -> None:
        """See one state of the database until the unit of work ends. The first thing to be asked of it."""
        _ = await self._session.connection(execution_options=_ONE_SNAPSHOT)
        await self._session.execute(_WAITS)

    async def count(self, within: CallRange) -> int:
        query = select(func.count()).select_from(CallModel).where(*self._conditions(within))
        return await self._session.scalar(query) or 0

    async def count_erasures(self, within: CallRange) -> tuple[int, int]:
        """Calls that are there and not shown, because their subject asked for erasure, and calls of which something
        was erased."""
        own = CallModel.tenant_id == self._tenant_id, *_span(within)
        erased = select(ErasureTombstoneModel.call_id).where(
            ErasureTombstoneModel.tenant_id == CallModel.tenant_id, ErasureTombstoneModel.call_id == CallModel.call_id
        )
        query = select(func.count().filter(_hidden()), func.count().filter(~_hidden(), erased.exists())).select_from(
            CallModel
        )
        hidden, gone = (await self._session.execute(query.where(*own))).one()
        return hidden, gone

    async def are_more_than(self, most: int, within: CallRange) -> bool:
        """Without counting them all."""
        query = select(CallModel.call_id).where(*self._conditions(within)).offset(most).limit(1)
        return await self._session.scalar(query) is not None

    async def page(self, within: CallRange, *, limit: int, after: CallCursor | None = None) -> Sequence[CallDossier]:
        """Oldest first, at most `limit`; ties of the start time are ordered by id."""
        query = (
            select(*RECORD_COLUMNS)
            .where(*self._conditions(within))
            .order_by(CallModel.started_at, CallModel.call_id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(CallModel.started_at, CallModel.call_id) > (after.started_at, after.call_id))
        rows = (await self._session.execute(query)).mappings()
        records = [record_of_row(row) for row in rows]
        return await self._with_contents(records)

    async def _with_contents(self, records: Sequence[CallDetailRecord]) -> Sequence[CallDossier]:
        ids = [record.call_id for record in records]
        said = (TranscriptSegmentModel.start_ms, TranscriptSegmentModel.seq)
        legs = await self._of(ids, CallLegModel, CallLeg, CallLegModel.id)
        segments = await self._of(ids, TranscriptSegmentModel, TranscriptSegment, *said)
        consents = await self._of(ids, ConsentEventModel, ConsentEvidence, ConsentEventModel.seq)
        tool_calls = await self._of(ids, ToolCallModel, ToolCall, ToolCallModel.seq, ToolCallModel.id)
        recordings = await self._of(ids, RecordingModel, Recording, RecordingModel.start_ms, RecordingModel.id)
        transfers = await self._of(ids, TransferModel, StoredTransfer, TransferModel.seq, TransferModel.reference)
        callbacks = await self._of(ids, CallbackModel, StoredCallback, CallbackModel.requested_at, CallbackModel.id)
        told, gone = await self._told(ids), await self._without_words(ids)
        return [
            CallDossier(
                record=record,
                legs=tuple(legs[record.call_id]),
                segments=tuple(segments[record.call_id]),
                consents=tuple(consents[record.call_id]),
                tool_calls=tuple(tool_calls[record.call_id]),
                recordings=tuple(recordings[record.call_id]),
                transfers=tuple(transfers[record.call_id]),
                callbacks=tuple(callbacks[record.call_id]),
                captures=captured_spans((kind, at) for kind, at, _ in told[record.call_id]),
                silenced=_silenced(told[record.call_id]),
                masked_words=record.call_id not in gone and _are_masked(told[record.call_id]),
            )
            for record in records
        ]

    async def _of(self, ids: Sequence[CallId], model: Any, kind: type[T], *order: Any) -> dict[str, list[T]]:
        names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
        columns = [getattr(model, name) for name in names]
        query = (
            select(model.call_id, *columns)
            .where(model.tenant_id == self._tenant_id, model.call_id.in_(ids))
            .order_by(model.call_id, *order)
        )
        found: dict[str, list[T]] = defaultdict(list)
        for call_id, *values in await self._session.execute(query):
            found[call_id].append(kind(**dict(zip(names, values, strict=True))))
        return found

    async def _told(self, ids: Sequence[CallId]) -> dict[str, list[_Told]]:
        """What the logs tell of how words and sound were kept, in order."""
        event = CallEventModel
        query = (
            select(event.call_id, event.type, event.at, event.data)
            .where(event.tenant_id == self._tenant_id, event.call_id.in_(ids), event.type.in_(_TELLS))
            .order_by(event.call_id, event.seq)
        )
        logs: dict[str, list[_Told]] = defaultdict(list)
        for call_id, kind, at, data in await self._session.execute(query):
            logs[call_id].append((kind, at, data))
        return logs

    async def _without_words(self, ids: Sequence[CallId]) -> AbstractSet[str]:
        """Calls whose words are gone since."""
        purge = CallPurgeModel
        query = select(purge.call_id).where(
            purge.tenant_id == self._tenant_id,
            purge.call_id.in_(ids),
            purge.content_class == ContentClass.TRANSCRIPT.value,
        )
        return set(await self._session.scalars(query))

    def _conditions(self, within: CallRange) -> Sequence[ColumnElement[bool]]:
        return [CallModel.tenant_id == self._tenant_id, ~_hidden(), *_span(within)]


def _silenced(told: Iterable[_Told]) -> tuple[SilencedSpan, ...]:
    spans = [data for kind, _, data in told if kind == RecordingSilenced.TYPE]
    return tuple(SilencedSpan(**{name: span[name] for name in _SPAN}) for span in spans)


def _are_masked(told: Iterable[_Told]) -> bool:
    """Before they were kept; calls of before masking do not say."""
    return any(kind == CallStarted.TYPE and data.get("words") == "redacted" for kind, _, data in told)


def _hidden() -> ColumnElement[bool]:
    """Its subject asked for erasure."""
    fates = ErasureItemModel.fate.in_([one.value for one in HIDDEN])
    return select(ErasureItemModel.call_id).where(ErasureItemModel.call_id == CallModel.call_id, fates).exists()


def _span(within: CallRange) -> Sequence[ColumnElement[bool]]:
    conditions = []
    if within.since is not None:
        conditions.append(CallModel.started_at >= within.since)
    if within.until is not None:
        conditions.append(CallModel.started_at < within.until)
    if within.call_id is not None:
        conditions.append(CallModel.call_id == within.call_id)
    if within.call_ids is not None:
        conditions.append(CallModel.call_id == any_(literal(list(within.call_ids), ARRAY(Text))))
    return conditions
