"""Numbers that clients manage, beside those of the settings. Gateways route by the change within seconds."""

from dataclasses import replace

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.control.directory import RoutingDirectory, RoutingSnapshot
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Conflict, NotFound, Unavailable
from voiceagent.core.ids import TenantId
from voiceagent.records.repositories.numbers import BY_API
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import Number


class NumberService:
    """Stores first and publishes then, so a request that broke off is sent again and does what is left."""

    def __init__(self, *, records: Records, directory: RoutingDirectory, clock: Clock) -> None:
        self._records = records
        self._directory = directory
        self._clock = clock

    async def put(self, principal: Principal, number: str, agent: str) -> Number:
        """From now on this agent answers it.

        Raises Conflict for a number of the settings and for a tenant whom no gateway serves, NotFound for an agent that
        is not configured, Unavailable.
        """
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.numbers.hold()
            now, before = self._clock.now(), await work.numbers.find(number)
            _check_ours(before)
            if agent not in {profile["name"] for profile in (await self._published(principal.tenant_id)).profiles}:
                raise NotFound(f"there is no agent {agent}; add its profile to `profiles` in the settings")
            await work.numbers.put(number, agent, {}, now, managed_by=BY_API)
            after = await work.numbers.find(number)
            if after is None:
                raise NotFound(f"there is no number {number}")
            if before is None or before.profile != agent:
                told = {"number": number, "agent": agent}
                await work.audit.append(act_of(principal, "number.changed", "number", after.id, **told), now)
            await work.commit()
        await self._publish(principal.tenant_id)
        return after

    async def remove(self, principal: Principal, number: str) -> None:
        """Nobody answers it any more. Raises NotFound, Conflict for a number of the settings, Unavailable."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.numbers.hold()
            now, before = self._clock.now(), await work.numbers.find(number)
            _check_ours(before)
            if before is None:
                raise NotFound(f"there is no number {number}")
            await work.numbers.remove(number)
            act = act_of(principal, "number.removed", "number", before.id, number=number)
            await work.audit.append(act, now)
            await work.commit()
        await self._publish(principal.tenant_id)

    async def _publish(self, tenant_id: TenantId) -> None:
        """What is stored by now, while nobody else publishes: of two changes the second one's list has both."""
        async with self._records.unit_of_work(tenant_id) as work:
            await work.numbers.hold()
            snapshot = await self._published(tenant_id)
            known = {profile["name"] for profile in snapshot.profiles}
            stored = [one for one in await work.numbers.list() if one.profile in known]
            numbers = [{"number": one.number, "profile": one.profile} for one in stored]
            await self._directory.publish(replace(snapshot, numbers=numbers))

    async def _published(self, tenant_id: TenantId) -> RoutingSnapshot:
        snapshot = await self._directory.load()
        if snapshot is None:
            raise Unavailable("nothing is published to gateways yet: start with `voiceagent up`")
        if snapshot.tenant_id != tenant_id:
            raise Conflict("the gateways of this installation serve another tenant")
        return snapshot


def _check_ours(number: Number | None) -> None:
    if number is not None and number.managed_by != BY_API:
        raise Conflict(f"{number.number} is in the settings: change it there, and start anew")
