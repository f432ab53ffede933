"""What can be asked about retention. Each method takes the principal's tenant and sees nothing of any other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.retention.present import call_retention_of, facts_of
from voiceagent.api.resources.retention.schemas import CallRetention
from voiceagent.compliance.retention.rules import Rules, check_term
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import CallId
from voiceagent.records.jobs.queue import NewJob
from voiceagent.records.purging.store import PURGE
from voiceagent.records.repositories.calls import CallCursor
from voiceagent.records.retention_values import FOLLOW_HOLD, PurgeRun, RetentionPolicy, Selector
from voiceagent.records.unit_of_work import Records


class RetentionService:
    """`rules` holds the defaults and legal limits of the settings."""

    def __init__(self, *, records: Records, rules: Rules, clock: Clock) -> None:
        self._records = records
        self._rules = rules
        self._clock = clock

    async def add_policy(
        self,
        principal: Principal,
        *,
        selector: Selector,
        content_class: ContentClass,
        days: int | None,
        effective_from: datetime | None,
    ) -> RetentionPolicy:
        """Raises BadInput for a policy without an end or against a legal limit."""
        now = self._clock.now()
        term = check_term(selector, content_class, days, self._rules.limits)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            policy = await work.retention.add_policy(
                selector=selector,
                content_class=content_class,
                days=term,
                effective_from=effective_from or now,
                by=principal.id,
                now=now,
            )
            details = {"class": content_class.value, "days": term, "version": policy.version}
            made = act_of(principal, "retention_policy.made", "retention_policy", policy.id, **details)
            await work.audit.append(made, now)
            await work.commit()
        return policy

    async def policies(self, principal: Principal, *, limit: int, before: str) -> Sequence[RetentionPolicy]:
        """All versions, newest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.retention.policies(limit=limit, before=before)

    async def policy(self, principal: Principal, policy_id: str) -> RetentionPolicy:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.retention.policy(policy_id)

    async def start_run(self, principal: Principal, *, dry_run: bool) -> PurgeRun:
        """Enter a run and the job that does it."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            now = self._clock.now()
            run = await work.retention.open_run(dry_run=dry_run, by=principal.id, now=now, state="waiting")
            await work.jobs.enqueue(NewJob(task=PURGE, tenant_id=principal.tenant_id, arguments={"run_id": run.id}))
            asked = act_of(principal, "retention_run.asked", "retention_run", run.id, dry_run=dry_run)
            await work.audit.append(asked, now)
            await work.commit()
        return run

    async def runs(self, principal: Principal, *, limit: int, after: CallCursor | None) -> Sequence[PurgeRun]:
        """Newest first."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.retention.runs(limit=limit, after=after)

    async def run(self, principal: Principal, run_id: str) -> PurgeRun:
        """Raises NotFound."""
        async with self._records.unit_of_work(principal.tenant_id) as work:
            return await work.retention.run(run_id)

    async def of_call(self, principal: Principal, call_id: CallId) -> CallRetention:
        """What becomes of the call. Raises NotFound."""
        now = self._clock.now()
        async with self._records.unit_of_work(principal.tenant_id) as work:
            record = await work.calls.get(call_id)
            facts = facts_of(record, await work.retention.tags(call_id), now)
            rules = replace(
                self._rules, policies=await work.retention.policies(), holds=await work.legal_holds.active()
            )
            return call_retention_of(facts, rules, await work.retention.purged(call_id), now)

    async def tag(self, principal: Principal, call_id: CallId, tag: str, *, wanted: bool) -> CallRetention:
        """Put a tag on the call or take it off; what becomes of the call then.

        Raises NotFound, and Conflict for taking off one that a hold goes by.
        """
        async with self._records.unit_of_work(principal.tenant_id) as work:
            now = self._clock.now()
            await work.calls.get(call_id)
            if wanted:
                await work.retention.put_tag(call_id, tag, by=principal.id, now=now)
                if any(one.selector.tag == tag for one in await work.legal_holds.active()):
                    followed = {"call_id": str(call_id)}
                    job = NewJob(task=FOLLOW_HOLD, tenant_id=principal.tenant_id, arguments=followed)
                    await work.jobs.enqueue(job)
            else:
                await work.retention.remove_tag(call_id, tag)
            action = "call.tagged" if wanted else "call.untagged"
            await work.audit.append(act_of(principal, action, "call", call_id, tag=tag), now)
            await work.commit()
        return await self.of_call(principal, call_id)
