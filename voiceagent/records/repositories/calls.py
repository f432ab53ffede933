"""Call detail records of one tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import NotFound
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.models import CallModel
from voiceagent.telephony.cdr import (
    CallDetailRecord,
    CallStatus,
    ConsentState,
    DisclosureStatus,
    RecordingState,
)

RECORD_COLUMNS: Final = tuple(getattr(CallModel, field.name) for field in fields(CallDetailRecord))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Empty fields do not filter; `started_after` and `started_before` are exclusive."""

    statuses: tuple[CallStatus, ...] = ()
    results: tuple[str, ...] = ()
    direction: str = ""
    caller: str = ""
    started_after: datetime | None = None
    started_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCursor:
    """The last call of a page; the next page begins after it."""

    started_at: datetime
    call_id: CallId


class CallRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def list(
        self, *, limit: int, after: CallCursor | None = None, where: CallFilter | None = None
    ) -> Sequence[CallDetailRecord]:
        """Newest first, at most `limit`; ties of the start time are ordered by id, so no call is shown twice."""
        query = (
            select(*RECORD_COLUMNS)  # no rows as objects: of 200 calls they took a quarter of the answer's time
            .where(CallModel.tenant_id == self._tenant_id, *_conditions(where or CallFilter()))
            .order_by(CallModel.started_at.desc(), CallModel.call_id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(CallModel.started_at, CallModel.call_id) < (after.started_at, after.call_id))
        return [record_of_row(row) for row in (await self._session.execute(query)).mappings()]

    async def get(self, call_id: CallId) -> CallDetailRecord:
        """Raises NotFound."""
        query = select(CallModel).where(CallModel.tenant_id == self._tenant_id, CallModel.call_id == call_id)
        row = await self._session.scalar(query)
        if row is None:
            raise NotFound(f"there is no call {call_id}")
        return record_of(row)


def _conditions(where: CallFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.statuses:
        conditions.append(CallModel.status.in_([status.value for status in where.statuses]))
    if where.results:
        conditions.append(CallModel.result.in_(where.results))
    if where.started_after is not None:
        conditions.append(CallModel.started_at > where.started_after)
    if where.started_before is not None:
        conditions.append(CallModel.started_at < where.started_before)
    if where.direction:
        conditions.append(CallModel.direction == where.direction)
    if where.caller:
        conditions.append(CallModel.caller == where.caller)
    return conditions


def record_of(row: CallModel) -> CallDetailRecord:
    """The row as the value it was written from."""
    return record_of_row({field.name: getattr(row, field.name) for field in fields(CallDetailRecord)})


def record_of_row(row: Mapping[Any, Any]) -> CallDetailRecord:
    """Likewise, from columns by name."""
    values: dict[str, Any] = dict(row)
    values["status"] = CallStatus(values["status"])
    values["disclosure"] = DisclosureStatus(values["disclosure"])
    values["consent"] = ConsentState(values["consent"])
    values["recording"] = RecordingState(values["recording"])
    values["response_latencies_ms"] = tuple(values["response_latencies_ms"])
    return CallDetailRecord(**values)
