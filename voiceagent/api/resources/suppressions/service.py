"""Do-not-call lists of the principal's tenant."""

from collections.abc import Sequence

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.suppressions.schemas import SuppressionBody
from voiceagent.core.clock import Clock
from voiceagent.records.number_hash import number_hash
from voiceagent.records.outbound_values import NewSuppression, StoredDncEntry, StoredDncList
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.unit_of_work import Records


class SuppressionService:
    def __init__(self, *, records: Records, clock: Clock, pepper: bytes) -> None:
        self._records = records
        self._clock = clock
        self._pepper = pepper

    async def add(self, principal: Principal, body: SuppressionBody) -> StoredDncEntry:
        """It counts once this returns: whoever is deciding on the number right now is waited for."""
        hashed = number_hash(self._pepper, body.number)
        new = NewSuppression(number_hash=hashed, campaign=body.campaign or "", source=body.source, call_id=body.call_id)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.outbound.hold(hashed)
            now = self._clock.now()
            stored = await work.dnc.suppress(new, by=principal.id, now=now)
            await work.audit.append(act_of(principal, "suppression.added", "suppression", stored.id), now)
            await work.commit()
            return stored

    async def list(self, principal: Principal, *, limit: int, after: CallCursor | None) -> Sequence[StoredDncEntry]:
        """The tenant's own list, the newest entry first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.dnc.suppressions(limit=limit, after=after)

    async def find(self, principal: Principal, number: str) -> Sequence[StoredDncEntry]:
        """What is on any list of one number."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.dnc.of_number(number_hash(self._pepper, number))

    async def lift(self, principal: Principal, entry_id: str, *, reason: str) -> None:
        """Raises NotFound, Conflict when it is lifted already."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.outbound.hold(await work.dnc.number_of(entry_id))
            now = self._clock.now()
            await work.dnc.lift(entry_id, reason=reason, by=principal.id, now=now)
            await work.audit.append(act_of(principal, "suppression.lifted", "suppression", entry_id, why=reason), now)
            await work.commit()

    async def lists(self, principal: Principal) -> Sequence[StoredDncList]:
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.dnc.lists()

    async def load(self, principal: Principal, name: str, version: str, numbers: Sequence[str]) -> None:
        """Add a part of a version, which counts once it is complete."""
        hashes = [number_hash(self._pepper, number) for number in numbers]
        async with self._records.unit_of_work(principal.tenant_id) as work:
            now = self._clock.now()
            await work.dnc.add_to_list(name, version, hashes, by=principal.id, now=now)
            details = {"name": name, "version": version, "numbers": len(hashes)}
            await work.audit.append(act_of(principal, "dnc_list.loaded", "dnc_list", "", **details), now)
            await work.commit()

    async def complete(self, principal: Principal, name: str, version: str) -> StoredDncList:
        """Raises Conflict for a version without numbers."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            now = self._clock.now()
            completed = await work.dnc.complete_list(name, version, now)
            done = act_of(principal, "dnc_list.completed", "dnc_list", "", name=name, version=version)
            await work.audit.append(done, now)
            await work.commit()
            return completed
