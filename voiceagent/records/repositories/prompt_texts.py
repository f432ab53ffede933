"""Texts that callers are told, by their sha256: the same text is one row, and none is ever changed."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from voiceagent.core.errors import NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.models import PromptTextModel


class PromptTextRepository:
    def __init__(self, session: AsyncSession, tenant_id: TenantId) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def keep(self, texts: Iterable[str], language: str, now: datetime) -> None:
        """Keep the texts that are not known yet; harmless when repeated."""
        rows = [
            {
                "tenant_id": self._tenant_id,
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "text": text,
                "language": language,
                "first_used_at": now,
            }
            for text in dict.fromkeys(texts)
            if text
        ]
        if rows:
            await self._session.execute(insert(PromptTextModel).on_conflict_do_nothing(), rows)

    async def texts(self, hashes: Iterable[str]) -> Mapping[str, str]:
        """Those that are known, by their hash."""
        query = select(PromptTextModel.sha256, PromptTextModel.text).where(
            PromptTextModel.tenant_id == self._tenant_id, PromptTextModel.sha256.in_(list(hashes))
        )
        return {row.sha256: row.text for row in await self._session.execute(query)}

    async def text(self, sha256: str) -> str:
        """The text behind a hash of evidence. Raises NotFound."""
        query = select(PromptTextModel.text).where(
            PromptTextModel.tenant_id == self._tenant_id, PromptTextModel.sha256 == sha256
        )
        text = await self._session.scalar(query)
        if text is None:
            raise NotFound(f"no text with sha256 {sha256} was ever prepared for this tenant")
        return text
