"""Takes apart what is due of one erasure request, in the ways of the purge (0028): judged in each deletion's own
transaction, so that a hold which is placed meanwhile still wins. Many calls share a transaction, and each call is whole
in one: what a hold on it goes by is not gone while something else of it is still to be judged.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from voiceagent.compliance.erasure.evaluation import item_of
from voiceagent.compliance.retention.pseudonym import pseudonym
from voiceagent.compliance.retention.rules import Rules
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import ConfigError, Unavailable
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.blobs.kept_blobs import KeptBlobs
from voiceagent.records.erasing.subject import facts_of
from voiceagent.records.erasure_values import OBJECT_LOCK, ErasureItem, Fate
from voiceagent.records.purging.contents import Expired, Place, by_call
from voiceagent.records.purging.files import Removed, remove_audio
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.retention_values import CallFacts, LegalHold
from voiceagent.records.unit_of_work import Records

_AUDIO = (ContentClass.AUDIO,)
_ROWS = tuple(letter for letter in ContentClass if letter is not ContentClass.AUDIO)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Items of some calls, and what the judge said of each when it was asked."""

    items: Sequence[ErasureItem]
    facts: Mapping[str, CallFacts]
    expired: Expired
    judged: dict[Place, ErasureItem] = field(default_factory=dict)

    def settled(self, gone: Collection[Place], fate: Fate, at: datetime | None) -> list[ErasureItem]:
        """The items as they are now."""
        found = [self.judged[CallId(one.call_id), one.content_class] for one in self.items]
        return [
            replace(one, fate=fate, erased_at=at) if (CallId(one.call_id), one.content_class) in gone else one
            for one in found
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """Of one request. Raises Unavailable when something is in use at this moment, ConfigError for files that stay."""

    records: Records
    blobs: KeptBlobs
    rules: Rules
    pepper: Callable[[], bytes] = field(repr=False)
    tenant_id: TenantId
    request_id: str
    clock: Clock

    async def shred(self, at_most: int) -> bool:
        """Destroy the keys of that many calls' recordings; whether none is left."""
        page = await self._page((Fate.DUE,), _AUDIO, at_most)
        if page is None:
            return True
        closed = await self._store.close_recordings(page.expired, self._judge(page))
        gone = {(one.call_id, ContentClass.AUDIO) for one in closed}
        await self._settle(page.settled(gone, Fate.SHREDDED, None), Fate.DUE)
        return False

    async def delete(self, at_most: int) -> bool:
        """Remove files, delete and empty rows of that many calls; whether none is left."""
        return await self._delete_files(at_most) and await self._delete_rows(at_most)

    async def _delete_files(self, at_most: int) -> bool:
        page = await self._page((Fate.SHREDDED,), _AUDIO, at_most)
        if page is None:
            return True
        closed, now = await self._store.close_recordings(page.expired, self._judge(page)), page.expired.now
        paths = {one.call_id: one.paths for one in closed}
        try:
            removed = await remove_audio(self.blobs, paths)
        except OSError as error:
            whose = f"one of {len(paths)} calls, such as {next(iter(paths))}"
            raise ConfigError(f"recordings of {whose}, cannot be removed: {error.strerror}") from error
        gone = [one for one in closed if one.call_id not in removed.locked]
        await self._store.forget_recordings(self.tenant_id, gone, now)
        settled = page.settled({(one.call_id, ContentClass.AUDIO) for one in gone}, Fate.ERASED, now)
        await self._settle([_locked(one, removed) for one in settled], Fate.SHREDDED)
        return False

    async def _delete_rows(self, at_most: int) -> bool:
        page = await self._page((Fate.DUE,), _ROWS, at_most)
        if page is None:
            return True
        purged = await self._store.purge(page.expired, self._judge(page))
        settled = page.settled(purged.gone, Fate.ERASED, page.expired.now)
        await self._settle(settled, Fate.DUE)
        if busy := [one for one in settled if one.fate is Fate.DUE]:
            raise Unavailable(f"something of call {busy[0].call_id} is in use; its erasure is tried again")
        return False

    @property
    def _store(self) -> PurgeStore:
        return PurgeStore(self.records.engine)

    async def _page(self, fates: Sequence[Fate], classes: Sequence[ContentClass], at_most: int) -> _Page | None:
        async with self.records.unit_of_work(self.tenant_id) as work:
            items = await work.erasure_items.with_fate(self.request_id, fates, classes=classes, most_calls=at_most)
            calls = sorted({one.call_id for one in items})
            facts = {one.call_id: one for one in await facts_of(work.session, self.tenant_id, calls)}
        if not items:
            return None
        key = await asyncio.to_thread(self.pepper)
        expired = Expired(
            tenant_id=self.tenant_id,
            contents=by_call((CallId(one.call_id), one.content_class) for one in items),
            now=self.clock.now(),
            pseudonym=lambda number: pseudonym(number, key),
        )
        return _Page(items=items, facts=facts, expired=expired)

    def _judge(self, page: _Page) -> Callable[[CallId, ContentClass, Sequence[LegalHold], frozenset[str]], str]:
        def judge(call_id: CallId, letter: ContentClass, holds: Sequence[LegalHold], tags: frozenset[str]) -> str:
            facts, rules = replace(page.facts[call_id], tags=tags), replace(self.rules, holds=holds)
            one = page.judged[call_id, letter] = item_of(facts, letter, rules, page.expired.now)
            return f"{one.reason} {self.request_id}" if one.fate is Fate.DUE else ""

        return judge

    async def _settle(self, items: Sequence[ErasureItem], was: Fate) -> None:
        async with self.records.unit_of_work(self.tenant_id) as work:
            await work.erasure_items.settle(self.request_id, items, was=(was,))
            await work.commit()


def _locked(item: ErasureItem, removed: Removed) -> ErasureItem:
    """Its key is destroyed, its file stays under the lock of its store: restricted, and looked at again after that."""
    lock = removed.locked.get(CallId(item.call_id))
    if lock is None:
        return item
    return replace(item, fate=Fate.RESTRICTED, reason=OBJECT_LOCK, source=lock.kind, until=lock.until)
