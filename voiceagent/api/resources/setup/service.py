"""What is configured for the principal's tenant: by files, which a start brings here, and numbers by requests too."""

from collections.abc import Sequence

from voiceagent.api.principal import Principal
from voiceagent.core.errors import NotFound
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import Number, StoredProfile, Trunk


class SetupService:
    """Reads only."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def trunks(self, principal: Principal, *, limit: int, after: str) -> Sequence[Trunk]:
        """By name."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.trunks.list(limit=limit, after=after)

    async def numbers(self, principal: Principal, *, limit: int, after: str) -> Sequence[Number]:
        """In their order."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.numbers.list(limit=limit, after=after)

    async def agents(self, principal: Principal, *, limit: int, after: str) -> Sequence[StoredProfile]:
        """The newest version of each, by name."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.agent_profiles.list(limit=limit, after=after)

    async def versions(
        self, principal: Principal, agent: str, *, limit: int, before: int | None
    ) -> Sequence[StoredProfile]:
        """Newest first. Raises NotFound for an agent that never was."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            found = await work.agent_profiles.versions(agent, limit=limit, before=before)
        if not found and before is None:
            raise NotFound(f"there is no agent {agent}")
        return found

    async def version(self, principal: Principal, agent: str, version: int) -> StoredProfile:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            found = await work.agent_profiles.versions(agent, limit=1, before=version + 1)
        if not found or found[0].version != version:
            raise NotFound(f"there is no version {version} of an agent {agent}")
        return found[0]
