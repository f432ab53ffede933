"""What is kept of a person beside the tables that every export has: logs, clips, changes, do-not-call, decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.ids import TenantId
from voiceagent.records.erasure_values import Fate
from voiceagent.records.models import (
    CallEventModel,
    CampaignContactModel,
    ConsentClipModel,
    DncEntryModel,
    EffectModel,
    ErasureItemModel,
    OutboundConsentModel,
    OutboundDecisionModel,
    PromptTextModel,
)
from voiceagent.records.values import ConsentClip, value_of

_EVENT = (CallEventModel.call_id, CallEventModel.seq, CallEventModel.at, CallEventModel.type, CallEventModel.data)
_EFFECT = (
    EffectModel.call_id,
    EffectModel.proposal_id,
    EffectModel.tool,
    EffectModel.arguments,
    EffectModel.proposed_at,
    EffectModel.state,
    EffectModel.result,
    EffectModel.error,
)
_UNSAID = frozenset({"tenant_id", "number_hash", "sealed"})  # of rows about a number: for looking up only


class PersonalDataRepository:
    """Rows of one tenant, as JSON values would have them, but for times. PII."""

    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def fates(self, call_ids: Sequence[str]) -> Sequence[tuple[str, Fate, datetime | None]]:
        """What erasures have made of these calls: call, fate, and when the last of it was erased."""
        query = (
            select(ErasureItemModel.call_id, ErasureItemModel.fate, func.max(ErasureItemModel.erased_at))
            .where(ErasureItemModel.tenant_id == self._tenant_id, _among(ErasureItemModel.call_id, call_ids))
            .group_by(ErasureItemModel.call_id, ErasureItemModel.fate)
            .order_by(ErasureItemModel.call_id, ErasureItemModel.fate)
        )
        return [(call_id, Fate(fate), at) for call_id, fate, at in (await self._session.execute(query)).all()]

    async def events(self, call_ids: Sequence[str]) -> Sequence[dict[str, Any]]:
        """The logs of these calls, in their order."""
        return await self._rows(CallEventModel, _EVENT, call_ids, CallEventModel.seq)

    async def changes(self, call_ids: Sequence[str]) -> Sequence[dict[str, Any]]:
        """What was changed in other systems during these calls, or was to be."""
        return await self._rows(EffectModel, _EFFECT, call_ids, EffectModel.proposed_at, EffectModel.proposal_id)

    async def clips(self, call_ids: Sequence[str]) -> Sequence[ConsentClip]:
        """What a spoken yes sounded like."""
        query = (
            select(ConsentClipModel)
            .where(ConsentClipModel.tenant_id == self._tenant_id, _among(ConsentClipModel.call_id, call_ids))
            .order_by(ConsentClipModel.call_id, ConsentClipModel.start_ms, ConsentClipModel.id)
        )
        return [value_of(row, ConsentClip) for row in await self._session.scalars(query)]

    async def prompts(self, hashes: Sequence[str]) -> Sequence[dict[str, Any]]:
        """The texts behind these hashes of evidence."""
        query = (
            select(PromptTextModel.sha256, PromptTextModel.text, PromptTextModel.language)
            .where(PromptTextModel.tenant_id == self._tenant_id, _among(PromptTextModel.sha256, hashes))
            .order_by(PromptTextModel.sha256)
        )
        return [dict(row) for row in (await self._session.execute(query)).mappings()]

    async def about_numbers(self, hashes: Sequence[str]) -> Mapping[str, Sequence[dict[str, Any]]]:
        """By the name of their file: entries of do-not-call lists, consents to be called, decisions, campaigns."""
        return {
            "do_not_call": await self._of_numbers(DncEntryModel, hashes),
            "outbound_consents": await self._of_numbers(OutboundConsentModel, hashes),
            "outbound_decisions": await self._of_numbers(OutboundDecisionModel, hashes),
            "campaign_contacts": await self._of_numbers(CampaignContactModel, hashes),
        }

    async def _of_numbers(self, model: Any, hashes: Sequence[str]) -> Sequence[dict[str, Any]]:
        columns = [column for column in model.__table__.columns if column.name not in _UNSAID]
        own = (model.tenant_id == self._tenant_id, _among(model.number_hash, hashes))
        found = await self._session.execute(select(*columns).where(*own).order_by(model.id))
        return [dict(row) for row in found.mappings()]

    async def _rows(self, model: Any, columns: Any, call_ids: Sequence[str], *order: Any) -> Sequence[dict[str, Any]]:
        own = (model.tenant_id == self._tenant_id, _among(model.call_id, call_ids))
        found = await self._session.execute(select(*columns).where(*own).order_by(model.call_id, *order))
        return [dict(row) for row in found.mappings()]


def _among(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """One parameter, however many there are."""
    found: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(Text)))
    return found
