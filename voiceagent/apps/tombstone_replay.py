"""After a restore: what was erased since the backup was taken is erased once more, before anybody reads.

Tombstones win over holds: what they name was gone already when the hold was placed.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from voiceagent.apps.blobs import opened_blobs
from voiceagent.apps.database import reachable_database
from voiceagent.apps.export_jobs import clear_away
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.retention.pseudonym import pseudonym
from voiceagent.config.pepper_files import load_or_make_pepper
from voiceagent.config.settings import Settings
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import ConfigError, InternalError
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.blobs.kept_blobs import KeptBlobs
from voiceagent.records.engine import create_engine
from voiceagent.records.erasing.subject import facts_of
from voiceagent.records.erasing.tombstone_file import read_tombstones
from voiceagent.records.erasure_values import Tombstone
from voiceagent.records.purging.contents import Expired, by_call
from voiceagent.records.purging.files import remove_audio
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.retention_values import LegalHold
from voiceagent.records.unit_of_work import Records

_PAGE: Final = 50  # calls of one transaction


def tombstones_of(settings: Settings) -> Path:
    """Where this installation keeps them. Copy the file away after each erasure."""
    return settings.state_dir.absolute() / "erasure" / "tombstones.jsonl"


class TombstoneReplay:
    """`packages`: of exports, which a backup may bring back, too."""

    def __init__(
        self,
        records: Records,
        blobs: KeptBlobs,
        packages: PackageStore,
        pepper: Callable[[TenantId], bytes],
        clock: Clock,
    ) -> None:
        self._records = records
        self._store = PurgeStore(records.engine)
        self._blobs = blobs
        self._packages = packages
        self._pepper = pepper
        self._clock = clock

    async def run(self, tombstones: Sequence[Tombstone]) -> Counter[str]:
        """How many were carried out (`erased`), and of how many the call is not here (`unknown`).

        Can be repeated. Raises ConfigError, before anything is done, when the database knows of more than these.
        Raises StoreUnavailable, ConfigError, InternalError.
        """
        await self._check_complete(tombstones)
        done: Counter[str] = Counter()
        by_tenant: dict[str, list[Tombstone]] = {}
        for one in tombstones:
            by_tenant.setdefault(one.tenant_id, []).append(one)
        for tenant, theirs in by_tenant.items():
            done.update(await self._of_tenant(TenantId(tenant), theirs))  # `+=` would lose zeros
        return done

    async def _check_complete(self, tombstones: Sequence[Tombstone]) -> None:
        """A backup that has tombstones of its own is younger than their file, which is an old copy then."""
        told = {(one.tenant_id, one.request_id, one.call_id, one.content_class) for one in tombstones}
        for tenant_id in await self._store.tenants():
            async with self._records.unit_of_work(tenant_id) as work:
                known = await work.erasure_items.places_of_tombstones()
            missing = [place for place in known if (tenant_id, *place) not in told]
            if missing:
                raise ConfigError(
                    f"{len(missing)} tombstones of this database are not in the file, such as one of request"
                    f" {missing[0][0]}: it is too old or cut short; bring back the newest copy and replay again"
                )

    async def _of_tenant(self, tenant_id: TenantId, tombstones: Sequence[Tombstone]) -> Counter[str]:
        here: list[Tombstone] = []
        theirs: dict[str, list[Tombstone]] = {}
        for one in tombstones:
            theirs.setdefault(one.call_id, []).append(one)
        calls = sorted(theirs)
        for begin in range(0, len(calls), _PAGE):
            async with self._records.unit_of_work(tenant_id) as work:
                known = {one.call_id for one in await facts_of(work.session, tenant_id, calls[begin : begin + _PAGE])}
            page = [one for call_id in sorted(known) for one in theirs[call_id]]
            await self._erase(tenant_id, page)
            here += page
        done = Counter(erased=len(here), unknown=len(tombstones) - len(here))
        async with self._records.unit_of_work(tenant_id) as work:
            await work.exports.withdraw_with(sorted({one.call_id for one in here}), self._clock.now())
            await work.erasure_items.bury(here)
            actor = Actor(kind="operator", auth="shell")
            await work.audit.append(Act(action="erasure.replayed", actor=actor, details=dict(done)), self._clock.now())
            await work.commit()
        with _files_removed():
            await clear_away(self._records, self._packages, tenant_id)
        return done

    async def _erase(self, tenant_id: TenantId, tombstones: Sequence[Tombstone]) -> None:
        key, now = await asyncio.to_thread(self._pepper, tenant_id), self._clock.now()
        requests = {(CallId(one.call_id), one.content_class): one.request_id for one in tombstones}

        def expired(wanted: Collection[ContentClass]) -> Expired:
            contents = by_call(place for place in requests if place[1] in wanted)
            return Expired(
                tenant_id=tenant_id, contents=contents, now=now, pseudonym=lambda number: pseudonym(number, key)
            )

        def judge(call_id: CallId, letter: ContentClass, _holds: Sequence[LegalHold], _tags: frozenset[str]) -> str:
            return f"subject_erasure {requests[call_id, letter]}"

        closed = await self._store.close_recordings(expired({ContentClass.AUDIO}), judge)
        with _files_removed():
            removed = await remove_audio(self._blobs, {one.call_id: one.paths for one in closed})
        gone = [one for one in closed if one.call_id not in removed.locked]  # others go with a purge, unreadable by now
        await self._store.forget_recordings(tenant_id, gone, now)
        rows = expired({letter for letter in ContentClass if letter is not ContentClass.AUDIO})
        purged = await self._store.purge(rows, judge)
        left = [call_id for call_id, letter in rows.places() if (call_id, letter) not in purged.gone]
        if left:
            raise InternalError(f"something of {left[0]} is in use: stop `voiceagent up` and try again")


@contextmanager
def _files_removed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"files cannot be removed: {error.strerror}; mend that and replay again") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`newest`: when the last of the tombstones was set. What was erased later is not in the file."""

    erased: int
    unknown: int
    newest: datetime | None


def replay(settings: Settings, path: Path | None = None) -> Replayed:
    """Hold the database of this installation against its tombstones. Raises ConfigError, StoreUnavailable."""
    tombstones = list(read_tombstones(path or tombstones_of(settings)))
    with reachable_database(settings) as url:
        done = asyncio.run(_replay(settings, url, tombstones))
    newest = max((one.at for one in tombstones), default=None)
    return Replayed(erased=done["erased"], unknown=done["unknown"], newest=newest)


async def _replay(settings: Settings, url: str, tombstones: Sequence[Tombstone]) -> Counter[str]:
    engine, state = create_engine(url, pool_size=2), settings.state_dir.absolute()
    try:
        pepper = partial(load_or_make_pepper, state)
        packages = PackageStore(state / "exports")
        async with opened_blobs(settings) as blobs:
            return await TombstoneReplay(Records(engine), blobs, packages, pepper, SystemClock()).run(tombstones)
    finally:
        await engine.dispose()
