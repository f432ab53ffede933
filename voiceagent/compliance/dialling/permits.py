"""A permit to dial, once per call, and the entry of an opt-out: both are committed when they return."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from voiceagent.compliance.dialling.gate import ask_gate, keep_decision
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.outbound import evidence_from_data
from voiceagent.core.clock import Clock
from voiceagent.core.errors import Conflict, Forbidden
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.opt_out_rows import BY_SESSION, act_of_opt_out, suppression_of
from voiceagent.records.unit_of_work import Records
from voiceagent.telephony.events import OptedOut

DIALLER: Final = "dialler"
_STALE: Final = timedelta(seconds=60)  # who asked has been told long ago that nothing came of it
_WHO: Final = Actor(kind="system", id=DIALLER)


class DialPermits:
    """What a gateway asks right before it dials."""

    def __init__(self, *, records: Records, book: RuleBook, clock: Clock) -> None:
        self._records = records
        self._book = book
        self._clock = clock

    async def claim(self, tenant_id: TenantId, call_id: CallId) -> None:
        """The call may be dialled now, by whoever asked for this permit and nobody after them.

        Raises NotFound for a call that nobody asked for, Conflict for one that was dialled before, waited for too long,
        is not wanted by its campaign any more or would ring where another call of ours is under way, and Forbidden when
        the gate says no by now; that decision is kept as every other.
        """
        async with self._records.unit_of_work(tenant_id) as work:
            call = await work.outbound_calls.get(call_id)
            await work.outbound.hold(call.number_hash)
            now = self._clock.now()
            if now - call.asked_at > _STALE:
                raise Conflict(f"the call {call_id} was asked for too long ago; ask again")
            if await work.outbound_calls.under_way(call.number_hash, now, but=call_id):  # asked for at the same time
                raise Conflict("another call to this number is under way; ask again when it is over")
            if not await work.campaigns.wants(call.asked_by, call_id):  # paused, ended, or taken off its list
                raise Conflict(f"the campaign does not want the call {call_id} any more")
            before = evidence_from_data((await work.outbound.decision(call.decision_id)).evidence)
            question = replace(before.question, at=now)
            evidence = await ask_gate(work, question, call.number_hash, self._book, but=call.decision_id)
            code = evidence.decision.code
            await work.outbound_calls.claim(call_id, now, refused=code)
            details = {"code": code}
            if code:
                kept = await keep_decision(work, evidence, call.number_hash, self._book, by=DIALLER)
                details["decision_id"] = kept.id
            action = "outbound_call.refused" if code else "outbound_call.dialled"
            act = Act(action=action, actor=_WHO, object_kind="call", object_id=call_id, details=details)
            await work.audit.append(act, now)
            await work.commit()
        if code:
            raise Forbidden(f"the call may not be placed any more: {evidence.decision.detail}")

    async def enter_opt_out(self, tenant_id: TenantId, call_id: CallId, opted_out: OptedOut) -> None:
        """Enter it into the do-not-call list; harmless when it is there already."""
        new = suppression_of(call_id, opted_out)
        async with self._records.unit_of_work(tenant_id) as work:
            await work.outbound.hold(new.number_hash)
            now = self._clock.now()
            if await work.dnc.enter_opt_out(opted_out.entry_id, new, by=BY_SESSION, now=now):
                await work.audit.append(act_of_opt_out(call_id, opted_out), now)
                await work.commit()
