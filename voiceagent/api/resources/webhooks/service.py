"""Webhooks of the principal's tenant."""

from collections.abc import Callable, Sequence

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.core.clock import Clock
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.unit_of_work import Records, UnitOfWork
from voiceagent.records.values import StoredDelivery, StoredEndpoint

SecretOf = Callable[[str, int], str]  # endpoint id, version


class WebhookService:
    """`check_url` raises BadInput for what no webhook can go to."""

    def __init__(
        self, *, records: Records, clock: Clock, secret_of: SecretOf, check_url: Callable[[str], object]
    ) -> None:
        self._records = records
        self._clock = clock
        self._secret_of = secret_of
        self._check_url = check_url

    async def list(self, principal: Principal) -> Sequence[StoredEndpoint]:
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.webhooks.list()

    async def add(
        self, principal: Principal, *, url: str, description: str, event_types: Sequence[str]
    ) -> tuple[StoredEndpoint, str]:
        """The endpoint and its secret. Raises BadInput, Conflict."""
        self._check_url(url)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            made = await work.webhooks.add(
                url=url, description=description, event_types=event_types, now=self._clock.now()
            )
            await self._note(work, principal, "webhook.added", made.id, url=url, event_types=list(event_types))
            await work.commit()
        return made, self._secret_of(made.id, made.secret_version)

    async def get(self, principal: Principal, endpoint_id: str) -> StoredEndpoint:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.webhooks.get(endpoint_id)

    async def remove(self, principal: Principal, endpoint_id: str) -> None:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            await work.webhooks.remove(endpoint_id)
            await self._note(work, principal, "webhook.removed", endpoint_id)
            await work.commit()

    async def switch(self, principal: Principal, endpoint_id: str, *, on: bool) -> StoredEndpoint:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            if on:
                found = await work.webhooks.enable(endpoint_id)
            else:
                because = f"switched off by {principal.id}"
                found = await work.webhooks.disable(endpoint_id, self._clock.now(), because=because)
            await self._note(work, principal, "webhook.switched", endpoint_id, on=on)
            await work.commit()
        return found

    async def rotate_secret(self, principal: Principal, endpoint_id: str) -> tuple[StoredEndpoint, str]:
        """Raises NotFound, Conflict."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            found = await work.webhooks.rotate_secret(endpoint_id, self._clock.now())
            await self._note(work, principal, "webhook.secret_changed", endpoint_id)
            await work.commit()
        return found, self._secret_of(found.id, found.secret_version)

    async def deliveries(
        self, principal: Principal, endpoint_id: str, *, state: str, limit: int, before: CallCursor | None
    ) -> Sequence[StoredDelivery]:
        """Newest first. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.webhooks.deliveries(endpoint_id, state=state, limit=limit, before=before)

    async def redeliver(self, principal: Principal, endpoint_id: str, delivery_id: str) -> StoredDelivery:
        """Raises NotFound, Conflict."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            found = await work.webhooks.redeliver(endpoint_id, delivery_id, self._clock.now())
            await work.commit()
        return found

    async def _note(
        self, work: UnitOfWork, principal: Principal, action: str, endpoint_id: str, **details: object
    ) -> None:
        await work.audit.append(act_of(principal, action, "webhook", endpoint_id, **details), self._clock.now())
