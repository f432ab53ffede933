"""After a restore: what was erased since the backup was taken is erased once more, before anybody reads.

Tombstones win over holds: what they name was gone already when the hold was placed.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from voiceagent.apps.database import reachable_database
from voiceagent.compliance.retention.pseudonym import pseudonym
from voiceagent.config.pepper_files import load_or_make_pepper
from voiceagent.config.settings import Settings
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import InternalError, NotFound
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.engine import create_engine
from voiceagent.records.erasing.tombstone_file import read_tombstones
from voiceagent.records.erasure_values import Tombstone
from voiceagent.records.purging.contents import Expired
from voiceagent.records.purging.files import remove_audio
from voiceagent.records.purging.store import PurgeStore
from voiceagent.records.retention_values import LegalHold
from voiceagent.records.unit_of_work import Records


def tombstones_of(settings: Settings) -> Path:
    """Where this installation keeps them. Copy the file away after each erasure."""
    return settings.state_dir.absolute() / "erasure" / "tombstones.jsonl"


class TombstoneReplay:
    def __init__(self, records: Records, recordings: Path, pepper: Callable[[TenantId], bytes], clock: Clock) -> None:
        self._records = records
        self._store = PurgeStore(records.engine)
        self._recordings = recordings
        self._pepper = pepper
        self._clock = clock

    async def run(self, tombstones: Sequence[Tombstone]) -> Counter[str]:
        """How many were carried out (`erased`), and of how many the call is not here (`unknown`).

        Can be repeated. Raises StoreUnavailable, ConfigError, InternalError.
        """
        done: Counter[str] = Counter()
        by_tenant: dict[str, list[Tombstone]] = {}
        for one in tombstones:
            by_tenant.setdefault(one.tenant_id, []).append(one)
        for tenant, theirs in by_tenant.items():
            done.update(await self._of_tenant(TenantId(tenant), theirs))  # `+=` would lose zeros
        return done

    async def _of_tenant(self, tenant_id: TenantId, tombstones: Sequence[Tombstone]) -> Counter[str]:
        done: Counter[str] = Counter()
        here = []
        for one in tombstones:
            if await self._is_here(tenant_id, one.call_id):
                await self._erase(tenant_id, one)
                here.append(one)
        done["erased"], done["unknown"] = len(here), len(tombstones) - len(here)
        async with self._records.unit_of_work(tenant_id) as work:
            await work.erasures.bury(here)
            actor = Actor(kind="operator", auth="shell")
            await work.audit.append(Act(action="erasure.replayed", actor=actor, details=dict(done)), self._clock.now())
            await work.commit()
        return done

    async def _is_here(self, tenant_id: TenantId, call_id: str) -> bool:
        try:
            async with self._records.unit_of_work(tenant_id) as work:
                await work.calls.get(CallId(call_id))
        except NotFound:
            return False
        return True

    async def _erase(self, tenant_id: TenantId, tombstone: Tombstone) -> None:
        key = await asyncio.to_thread(self._pepper, tenant_id)
        expired = Expired(
            tenant_id=tenant_id,
            call_id=CallId(tombstone.call_id),
            content_class=tombstone.content_class,
            now=tombstone.at,
            pseudonym=lambda number: pseudonym(number, key),
        )

        def judge(_holds: Sequence[LegalHold], _tags: frozenset[str]) -> str:
            return f"subject_erasure {tombstone.request_id}"

        if tombstone.content_class is not ContentClass.AUDIO:
            if await self._store.purge(expired, judge) is None:
                raise InternalError(f"something of {tombstone.call_id} is in use: stop `voiceagent up` and try again")
            return
        doomed = await self._store.close_recordings(expired, judge)
        if doomed is not None:
            await asyncio.to_thread(remove_audio, self._recordings, expired.call_id, doomed.paths)
            await self._store.forget_recordings(expired, doomed.why)


def replay(settings: Settings, path: Path | None = None) -> Counter[str]:
    """Hold the database of this installation against its tombstones. Raises ConfigError, StoreUnavailable."""
    tombstones = list(read_tombstones(path or tombstones_of(settings)))
    with reachable_database(settings) as url:
        return asyncio.run(_replay(settings, url, tombstones))


async def _replay(settings: Settings, url: str, tombstones: Sequence[Tombstone]) -> Counter[str]:
    engine, state = create_engine(url, pool_size=2), settings.state_dir.absolute()
    try:
        pepper = partial(load_or_make_pepper, state)
        return await TombstoneReplay(Records(engine), state / "recordings", pepper, SystemClock()).run(tombstones)
    finally:
        await engine.dispose()
