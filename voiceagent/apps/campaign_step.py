"""One look at one campaign: what became of its calls, and who is called next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from voiceagent.compliance.campaigns.steps import (
    LOOK_BACK,
    OF_ALL,
    OF_THE_HOUR,
    Settled,
    after_refusal,
    is_failing,
    next_open,
    settle,
)
from voiceagent.compliance.dialling.gate import ask_gate
from voiceagent.compliance.dialling.placing import Placing, Way, way_of
from voiceagent.compliance.dialling.wish import Callee, CallWish, question_of
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.rules import Purpose
from voiceagent.control.commands import Commands, DialCall
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, ConfigError, Conflict, Damaged, NoCapacity, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.contact_seal import ContactSeal, KeptSeals
from voiceagent.records.at_rest.keys import WrappedKey
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.campaign_values import (
    CLOSED_AT_ONCE,
    CampaignState,
    ContactState,
    StoredCampaign,
    StoredContact,
)
from voiceagent.records.outbound_values import CallSoFar
from voiceagent.records.unit_of_work import Records, UnitOfWork

_log = structlog.get_logger(__name__)
_WHO: Final = Actor(kind="system", id="campaigns")
_MOST: Final = 100  # contacts that are looked at until one may be called
_SOON: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiallerParts:
    """`lines_kept_free` of each gateway are left to those who call us."""

    records: Records
    placing: Placing
    book: RuleBook
    commands: Commands
    seals: KeptSeals
    clock: Clock
    lines_kept_free: int = 0


class _Pause(Exception):
    def __init__(self, why: str, problem: str) -> None:
        super().__init__(problem)
        self.why, self.problem = why, problem


@dataclass(slots=True)
class CampaignStep:
    """One look at one campaign, in one transaction that holds its row.

    unfinished: there is more to be done at once, in another transaction.

    Locks are taken in one order by everybody: campaign, contact, telephone number, webhooks, audit log. So who has the
    lock of one number asks about nobody else in that transaction, and who has entered a decision tells nobody.
    """

    parts: DiallerParts
    work: UnitOfWork
    tenant_id: TenantId
    campaign: StoredCampaign
    now: datetime
    unfinished: bool = False

    async def settle(self) -> None:
        """Note what became of the calls under way."""
        contacts = await self.work.campaign_contacts.under_way(self.campaign.id)
        calls = await self.work.outbound_calls.so_far([one.call_id for one in contacts]) if contacts else {}
        for contact in contacts:
            call = calls.get(contact.call_id, CallSoFar())
            settled = settle(call, contact.tries, self.campaign.terms, self.now)
            if settled is not None:
                await self._note(contact, settled)

    async def advance(self, taken: Mapping[str, int]) -> tuple[str, DialCall] | None:
        """End or pause the campaign when it has to be; otherwise the gateway and call that are next, if any.

        taken: lines of gateways that they do not show as taken yet.
        """
        state, terms, contacts = self.campaign.state, self.campaign.terms, self.work.campaign_contacts
        if state is not CampaignState.ENDED and self.now >= terms.ends_at:
            state = CampaignState.ENDED
            await self._enter(state, "time_over")
        if state is CampaignState.ENDED:
            closed = await contacts.close(self.campaign.id, self.now, limit=CLOSED_AT_ONCE)
            self.unfinished = closed == CLOSED_AT_ONCE
            return None
        if state is not CampaignState.RUNNING or await contacts.calling(self.campaign.id) >= terms.at_once:
            return None
        try:
            await self._check_results()
            gateway_id = await self.parts.commands.roomiest_gateway(but=self.parts.lines_kept_free, taken=taken)
            command = await self._next()
        except NoCapacity:
            return None
        except _Pause as pause:
            await self._enter(CampaignState.PAUSED, pause.why, pause.problem)
            return None
        return None if command is None else (gateway_id, command)

    async def tell_when_worked_off(self) -> None:
        """Once, for whoever waits for the last call, such as the system that made the list."""
        running = self.campaign.state is CampaignState.RUNNING and self.now < self.campaign.terms.ends_at
        told = self.campaign.worked_off_at is not None
        if running and not told and await self.work.campaign_contacts.all_settled(self.campaign.id):
            await self.work.campaigns.work_off(self.campaign.id, self.now)

    async def _check_results(self) -> None:
        since = self.campaign.started_at or self.campaign.created_at
        most = LOOK_BACK + self.campaign.terms.at_once  # some go on
        if is_failing(await self.work.outbound_calls.last_of(self.campaign.id, since=since, limit=most), self.now):
            raise _Pause("failing", "most of the last calls failed for reasons that are not the callees'")

    async def _next(self) -> DialCall | None:
        contact = await self.work.campaign_contacts.due(self.campaign.id, self.now)
        if contact is None:
            return None
        way, seal = await self._way(), await self._seal()
        for _ in range(_MOST):
            command = await self._consider(contact, way, seal)
            if command is not None or self.unfinished:
                return command
            contact = await self.work.campaign_contacts.due(self.campaign.id, self.now)
            if contact is None:
                return None
        return None

    async def _consider(self, contact: StoredContact, way: Way, seal: ContactSeal) -> DialCall | None:
        """The call to this contact. None when there is none now, and then it is not due any more."""
        try:
            callee = self._callee(seal.open(contact.id, contact.sealed or b""), contact.callee_place)
            if (later := await self._later(contact, callee)) is not None:
                await self.work.campaign_contacts.wait(contact.id, later)
                return None
            wish = CallWish(callee=callee, line=self.campaign.terms.line)
            placed = await self.parts.placing.place(
                self.work, wish, way, contact.number_hash, by=self.campaign.id, act_of=self._act
            )
        except (Damaged, BadInput) as error:
            result = "damaged" if isinstance(error, Damaged) else "number_not_dialled"
            await self._note(contact, Settled(state=ContactState.REFUSED, result=result))
            return None
        except Conflict:  # somebody talks to them
            self.unfinished = True
            await self.work.campaign_contacts.wait(contact.id, self.now + _SOON)
            return None
        if placed.command is None:
            self.unfinished = True
            zones, code = placed.evidence.question.zones, placed.stored.code
            refused = after_refusal(code, self.campaign.terms, self.now, has_a_clock=bool(zones))
            await self._note(contact, replace(refused, was_a_try=True))  # no try was counted for it
            return None
        await self.work.campaign_contacts.call(contact.id, placed.command.call_id)
        return placed.command

    async def _later(self, contact: StoredContact, callee: Callee) -> datetime | None:
        """Until when it is no use to ask the gate; None when it is now.

        Nothing is kept of this: nobody has asked for a call yet. Raises _Pause for what says no to everybody.
        """
        question = question_of(callee, self.now)
        evidence = await ask_gate(self.work, question, contact.number_hash, self.parts.book)
        code, rules = evidence.decision.code, self.parts.book.for_places(question.places, self.now.date())
        if code in OF_ALL:
            raise _Pause(code, evidence.decision.detail)
        if code not in OF_THE_HOUR or not question.zones:  # without a zone no hour will be the right one
            return None
        opens = next_open(rules.calls[question.purpose].times, question.zones, self.now)
        return opens if code == "outside_hours" and opens else self.now + self.campaign.terms.retry_after

    async def _way(self) -> Way:
        terms = self.campaign.terms
        try:
            return await way_of(self.work, terms.line, terms.profile, terms.trunk)
        except (BadInput, NotFound, Conflict) as error:
            raise _Pause("no_way", str(error)) from error

    def _callee(self, number: str, place: str) -> Callee:
        terms = self.campaign.terms
        return Callee(
            number=number,
            purpose=Purpose(terms.purpose),
            campaign=terms.name,
            callee_place=place,
            exemption=terms.exemption,
        )

    async def _seal(self) -> ContactSeal:
        key = WrappedKey(kek_id=self.campaign.kek_id, wrapped=self.campaign.key)
        try:
            return await self.parts.seals.open(self.tenant_id, self.campaign.id, key)
        except (NotFound, Damaged, ConfigError) as error:
            raise _Pause("no_key", str(error)) from error

    async def _note(self, contact: StoredContact, settled: Settled) -> None:
        state = settled.state
        if state is ContactState.WAITING and self.campaign.state is CampaignState.ENDED:
            state = ContactState.GIVEN_UP
        await self.work.campaign_contacts.settle(
            contact.id, state, settled.result, self.now, not_before=settled.not_before, was_a_try=settled.was_a_try
        )

    async def _enter(self, state: CampaignState, why: str, problem: str = "") -> None:
        await self.work.campaigns.enter(self.campaign.id, state, self.now, why=why)
        act = self._act(f"campaign.{state.value}", "campaign", self.campaign.id, why=why, problem=problem)
        await self.work.audit.append(act, self.now)
        _log.warning("campaign stops", campaign_id=self.campaign.id, state=state.value, why=why, problem=problem)

    def _act(self, action: str, kind: str, object_id: str, **details: Any) -> Act:
        told = {**details, "campaign": self.campaign.id}
        return Act(action=action, actor=_WHO, object_kind=kind, object_id=object_id, details=told)
