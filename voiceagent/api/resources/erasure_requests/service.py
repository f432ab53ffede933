"""Requests for erasure of the principal's tenant: entered by one, approved by another, carried out by a job."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.compliance.erasure.evaluation import due_at, preview
from voiceagent.compliance.erasure.names import names_of, searched_for, tidy
from voiceagent.compliance.retention.rules import Rules
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, NotFound
from voiceagent.core.ids import TenantId, new_id
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.erasing.subject import Subject, calls_of
from voiceagent.records.erasure_values import ERASE, ErasureRequest, FateCount, IdentityCheck
from voiceagent.records.jobs.queue import NewJob
from voiceagent.records.unit_of_work import Records, UnitOfWork


class ErasureRequestService:
    """`rules` holds the defaults and legal limits of the settings, `pepper` makes the purge's pseudonyms.

    `home`: the country of numbers that are written without one, "" when it is not known.
    """

    def __init__(
        self,
        *,
        records: Records,
        rules: Rules,
        names: SealedNames,
        pepper: Callable[[TenantId], bytes],
        clock: Clock,
        home: str = "",
    ) -> None:
        self._records = records
        self._rules = rules
        self._names = names
        self._pepper = pepper
        self._clock = clock
        self._home = home

    async def preview(
        self, principal: Principal, numbers: Sequence[str], call_ids: Sequence[str]
    ) -> tuple[int, Sequence[FateCount]]:
        """How many calls, and what would become of them. Raises BadInput."""
        tidied, now = [tidy(one, self._home) for one in numbers], self._clock.now()
        async with self._records.unit_of_work(principal.tenant_id) as work:
            calls, outcomes = await self._preview(work, principal, tidied, call_ids)
            previewed = act_of(principal, "erasure.previewed", "erasure_request", "", calls=calls)
            await work.audit.append(previewed, now)
            await work.commit()
        return calls, outcomes

    async def _preview(
        self, work: UnitOfWork, principal: Principal, tidied: Sequence[str], call_ids: Sequence[str]
    ) -> tuple[int, Sequence[FateCount]]:
        names = names_of(tidied, self._pepper(principal.tenant_id), self._home)
        subject, now = Subject(names=searched_for(names), call_ids=call_ids), self._clock.now()
        calls = await calls_of(work.session, principal.tenant_id, subject, before=now, now=now)
        rules = replace(self._rules, holds=await work.legal_holds.active())
        return len(calls), preview(calls, rules, now)

    async def ask(
        self,
        principal: Principal,
        *,
        numbers: Sequence[str],
        call_ids: Sequence[str],
        identity_check: IdentityCheck,
        received_at: datetime | None,
    ) -> ErasureRequest:
        """Raises BadInput."""
        now, request_id = self._clock.now(), new_id("erq")
        received = received_at or now
        if received > now:
            raise BadInput("received_at lies in the future; give the time at which the person asked")
        tidied = [tidy(one, self._home) for one in numbers]
        sealed = await self._names.seal(principal.tenant_id, request_id, tidied, call_ids)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            request = await work.erasures.add(
                request_id,
                sealed,
                identity_check=identity_check,
                received_at=received,
                due_at=due_at(received),
                by=principal.holder,
                now=now,
            )
            asked = act_of(principal, "erasure.asked", "erasure_request", request_id, check=identity_check.value)
            await work.audit.append(asked, now)
            await work.commit()
        return request

    async def approve(self, principal: Principal, request_id: str) -> ErasureRequest:
        """From now on it is carried out. Raises NotFound, Conflict."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            now = self._clock.now()
            request = await work.erasures.approve(request_id, by=principal.holder, now=now)
            job = NewJob(task=ERASE, tenant_id=principal.tenant_id, arguments={"request_id": request_id})
            await work.jobs.enqueue(job)
            await work.audit.append(act_of(principal, "erasure.approved", "erasure_request", request_id), now)
            await work.commit()
        return request

    async def list(self, principal: Principal, *, limit: int, before: str) -> Sequence[ErasureRequest]:
        """Newest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.erasures.list(limit=limit, before=before)

    async def get(self, principal: Principal, request_id: str) -> tuple[ErasureRequest, Sequence[FateCount]]:
        """What has become of what was found; of one that nobody has approved yet, what would. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            request = await work.erasures.get(request_id)
            if request.state != "asked" or request.sealed is None:
                return request, await work.erasure_items.counts(request_id)
            numbers, call_ids = await self._names.open(principal.tenant_id, request_id, request.sealed)
            _, outcomes = await self._preview(work, principal, numbers, call_ids)
            return request, outcomes

    async def receipt(self, principal: Principal, request_id: str) -> bytes:
        """The newest. Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            request = await work.erasures.get(request_id)
        if not request.receipt:
            raise NotFound(f"erasure request {request_id} has no receipt yet: it is {request.state}")
        return request.receipt.encode()
