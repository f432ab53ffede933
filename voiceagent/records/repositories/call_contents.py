"""What belongs to a call: its log, transcript, consent evidence, tool calls, legs and recordings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import NotFound
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.models import (
    CallEventModel,
    CallLegModel,
    CallModel,
    ConsentClipModel,
    ConsentEventModel,
    RecordingModel,
    ToolCallModel,
    TranscriptSegmentModel,
)
from voiceagent.records.values import (
    CallLeg,
    ConsentClip,
    ConsentEvidence,
    Recording,
    StoredEvent,
    ToolCall,
    TranscriptSegment,
    value_of,
)
from voiceagent.telephony.events import CallStarted

_Of = (
    type[CallEventModel]
    | type[CallLegModel]
    | type[CallModel]
    | type[ConsentClipModel]
    | type[ConsentEventModel]
    | type[RecordingModel]
    | type[ToolCallModel]
    | type[TranscriptSegmentModel]
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCounts:
    """Rows per table that belong to one call."""

    calls: int
    call_events: int
    consent_events: int
    transcript_segments: int
    tool_calls: int


class CallContentRepository:
    """Reads of one tenant. A call of another tenant looks like one without content."""

    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def keeps_words_raw(self, call_id: CallId) -> bool:
        """Whether its words were kept as they were said, as the profile had it when it began."""
        query = select(CallEventModel.data["words"].astext).where(
            CallEventModel.tenant_id == self._tenant_id,
            CallEventModel.call_id == call_id,
            CallEventModel.type == CallStarted.TYPE,
        )
        return await self._session.scalar(query.limit(1)) != "redacted"  # calls of before masking do not say

    async def events(self, call_id: CallId, *, after_seq: int = 0, limit: int = 1000) -> Sequence[StoredEvent]:
        """The log after `after_seq`, in order, at most `limit`."""
        query = (
            select(CallEventModel)
            .where(
                CallEventModel.tenant_id == self._tenant_id,
                CallEventModel.call_id == call_id,
                CallEventModel.seq > after_seq,
            )
            .order_by(CallEventModel.seq)
            .limit(limit)
        )
        return [value_of(row, StoredEvent) for row in await self._session.scalars(query)]

    async def transcript(self, call_id: CallId) -> Sequence[TranscriptSegment]:
        """In the order in which it was said."""
        order = (TranscriptSegmentModel.start_ms, TranscriptSegmentModel.seq)
        return await self._of(call_id, TranscriptSegmentModel, TranscriptSegment, *order)

    async def consent(self, call_id: CallId) -> Sequence[ConsentEvidence]:
        return await self._of(call_id, ConsentEventModel, ConsentEvidence, ConsentEventModel.seq)

    async def consent_clips(self, call_id: CallId) -> Sequence[ConsentClip]:
        """What a spoken yes sounded like; none for one that was typed or implied."""
        return await self._of(call_id, ConsentClipModel, ConsentClip, ConsentClipModel.start_ms)

    async def tool_calls(self, call_id: CallId) -> Sequence[ToolCall]:
        return await self._of(call_id, ToolCallModel, ToolCall, ToolCallModel.seq)

    async def legs(self, call_id: CallId) -> Sequence[CallLeg]:
        return await self._of(call_id, CallLegModel, CallLeg, CallLegModel.id)

    async def recordings(self, call_id: CallId) -> Sequence[Recording]:
        return await self._of(call_id, RecordingModel, Recording, RecordingModel.id)

    async def recording(self, call_id: CallId) -> Recording:
        """The sealed recording of the call. Raises NotFound."""
        for recording in await self.recordings(call_id):
            if recording.state == "sealed":
                return recording
        raise NotFound(f"call {call_id} has no finished recording")

    async def counts(self, call_id: CallId) -> CallCounts:
        """Rows per table; zeros for a call that is not there."""
        return CallCounts(
            calls=await self._count(call_id, CallModel),
            call_events=await self._count(call_id, CallEventModel),
            consent_events=await self._count(call_id, ConsentEventModel),
            transcript_segments=await self._count(call_id, TranscriptSegmentModel),
            tool_calls=await self._count(call_id, ToolCallModel),
        )

    async def _of(self, call_id: CallId, model: _Of, kind: type[T], *order: Any) -> Sequence[T]:
        query = select(model).where(model.tenant_id == self._tenant_id, model.call_id == call_id).order_by(*order)
        return [value_of(row, kind) for row in await self._session.scalars(query)]

    async def _count(self, call_id: CallId, model: _Of) -> int:
        query = (
            select(func.count()).select_from(model).where(model.tenant_id == self._tenant_id, model.call_id == call_id)
        )
        return await self._session.scalar(query) or 0
