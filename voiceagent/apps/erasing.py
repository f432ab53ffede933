"""Takes apart what is due of one erasure request, in the ways of the purge (0028): judged in each deletion's own
transaction, so that a hold which is placed meanwhile still wins.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from voiceagent.compliance.erasure.evaluation import item_of
from voiceagent.compliance.retention.pseudonym import pseudonym
from voiceagent.compliance.retention.rules import Rules
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import ConfigError, Unavailable
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.erasing.subject import facts_of
from voiceagent.records.erasure_values import ErasureItem, Fate
from voiceagent.records.purging.contents import Expired
from voiceagent.records.purging.files import remove_audio
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.retention_values import CallFacts, LegalHold
from voiceagent.records.unit_of_work import Records

_ROWS = tuple(letter for letter in ContentClass if letter is not ContentClass.AUDIO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """Of one request. Raises Unavailable when something is in use at this moment, ConfigError for files that stay."""

    records: Records
    recordings: Path
    rules: Rules
    pepper: Callable[[], bytes] = field(repr=False)
    tenant_id: TenantId
    request_id: str
    clock: Clock

    async def shred(self, at_most: int) -> bool:
        """Destroy the keys of that many calls' recordings; whether none is left."""
        return await self._each((Fate.DUE,), (ContentClass.AUDIO,), at_most)

    async def delete(self, at_most: int) -> bool:
        """Remove files, delete and empty rows; whether none is left."""
        return await self._each((Fate.SHREDDED,), (ContentClass.AUDIO,), at_most) and await self._each(
            (Fate.DUE,), _ROWS, at_most
        )

    async def _each(self, fates: Sequence[Fate], classes: Sequence[ContentClass], at_most: int) -> bool:
        async with self.records.unit_of_work(self.tenant_id) as work:
            items = await work.erasures.items(self.request_id, fates, classes=classes, limit=at_most)
            calls = sorted({one.call_id for one in items})
            facts = {one.call_id: one for one in await facts_of(work.session, self.tenant_id, calls)}
        settled = [await self._one(item, facts[item.call_id]) for item in items]
        async with self.records.unit_of_work(self.tenant_id) as work:
            await work.erasures.settle(self.request_id, settled)
            await work.commit()
        if busy := [one for one in settled if one.fate is Fate.DUE]:
            raise Unavailable(f"something of call {busy[0].call_id} is in use; its erasure is tried again")
        return len(items) < at_most

    async def _one(self, item: ErasureItem, facts: CallFacts) -> ErasureItem:
        """The item as it is afterwards."""
        now = self.clock.now()
        key = await asyncio.to_thread(self.pepper)
        expired = Expired(
            tenant_id=self.tenant_id,
            call_id=CallId(item.call_id),
            content_class=item.content_class,
            now=now,
            pseudonym=lambda number: pseudonym(number, key),
        )
        judged = item

        def judge(holds: Sequence[LegalHold], tags: frozenset[str]) -> str:
            nonlocal judged
            known = replace(facts, tags=tags)
            judged = item_of(known, item.content_class, replace(self.rules, holds=holds), now)
            return f"{judged.reason} {self.request_id}" if judged.fate is Fate.DUE else ""

        store = PurgeStore(self.records.engine)
        if item.content_class is not ContentClass.AUDIO:
            gone = await store.purge(expired, judge) is not None
            return replace(judged, fate=Fate.ERASED, erased_at=now) if gone else judged
        doomed = await store.close_recordings(expired, judge)
        if doomed is None:
            return judged
        if item.fate is Fate.DUE:
            return replace(judged, fate=Fate.SHREDDED)
        try:
            await asyncio.to_thread(remove_audio, self.recordings, expired.call_id, doomed.paths)
        except OSError as error:
            raise ConfigError(f"recordings of {item.call_id} cannot be removed: {error.strerror}") from error
        await store.forget_recordings(expired, doomed.why)
        return replace(judged, fate=Fate.ERASED, erased_at=now)
