"""Goes on with campaigns: sees how their calls ended, and has the next ones placed.

What it decides is committed before a gateway hears of it. Killed in between, the call is not dialled, and its contact
is called again as after any other failure.
"""

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
from voiceagent.core.errors import BadInput, ConfigError, Conflict, Damaged, NoCapacity, NotFound, VoiceagentError
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.contact_seal import ContactSeal, ContactSeals
from voiceagent.records.at_rest.keys import WrappedKey
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.campaign_values import CampaignState, ContactState, StoredCampaign, StoredContact
from voiceagent.records.repositories.campaigns import campaigns_at_work
from voiceagent.records.unit_of_work import Records, UnitOfWork

_log = structlog.get_logger(__name__)
_WHO: Final = Actor(kind="system", id="campaigns")
_MOST: Final = 20  # contacts that are looked at until one may be called
_SOON: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiallerParts:
    """`lines_kept_free` of each gateway are left to those who call us."""

    records: Records
    placing: Placing
    book: RuleBook
    commands: Commands
    seals: ContactSeals
    clock: Clock
    lines_kept_free: int = 0


class CampaignDialler:
    def __init__(self, parts: DiallerParts) -> None:
        self._parts = parts

    async def look(self) -> None:
        """Once over all campaigns: at most one call more for each. Raises StoreUnavailable."""
        for tenant_id, campaign_id in await campaigns_at_work(self._parts.records.engine, self._parts.clock.now()):
            try:
                await self.go_on(tenant_id, campaign_id)
            except VoiceagentError as error:  # such as a keeper of keys that is away: other campaigns go on
                _log.warning("campaign waits", campaign_id=campaign_id, problem=str(error))

    async def go_on(self, tenant_id: TenantId, campaign_id: str) -> None:
        """With one campaign. Nothing when another process has it. Raises Unavailable."""
        async with self._parts.records.unit_of_work(tenant_id) as work:
            campaign = await work.campaigns.take(campaign_id)
            if campaign is None:
                return
            step = _Step(self._parts, work, tenant_id, campaign, self._parts.clock.now())
            had_work = await work.campaign_contacts.any_open(campaign_id)
            await step.settle()
            dial = await step.advance()
            if had_work:
                await step.tell_when_worked_off()
            await work.commit()
        if dial is not None:
            await self._parts.commands.dial(*dial)


class _Pause(Exception):
    def __init__(self, why: str, problem: str) -> None:
        super().__init__(problem)
        self.why, self.problem = why, problem


@dataclass(frozen=True, slots=True)
class _Step:
    """One look at one campaign, in one transaction that holds its row."""

    parts: DiallerParts
    work: UnitOfWork
    tenant_id: TenantId
    campaign: StoredCampaign
    now: datetime

    async def settle(self) -> None:
        """Note what became of the calls under way."""
        for contact, facts in await self.work.campaign_contacts.under_way(self.campaign.id):
            settled = settle(facts, contact.tries, self.campaign.terms, self.now)
            if settled is not None:
                await self._note(contact, settled)

    async def advance(self) -> tuple[str, DialCall] | None:
        """End or pause the campaign when it has to be; otherwise the gateway and call that are next, if any."""
        state, terms, contacts = self.campaign.state, self.campaign.terms, self.work.campaign_contacts
        if state is not CampaignState.ENDED and self.now >= terms.ends_at:
            await contacts.close(self.campaign.id, self.now)
            await self._enter(CampaignState.ENDED, "time_over")
            return None
        if state is not CampaignState.RUNNING or await contacts.calling(self.campaign.id) >= terms.at_once:
            return None
        try:
            await self._check_results()
            gateway_id = await self.parts.commands.roomiest_gateway(but=self.parts.lines_kept_free)
            command = await self._next()
        except NoCapacity:
            return None
        except _Pause as pause:
            await self._enter(CampaignState.PAUSED, pause.why, pause.problem)
            return None
        return None if command is None else (gateway_id, command)

    async def tell_when_worked_off(self) -> None:
        """For whoever waits for the last call, such as the system that made the list."""
        running = self.campaign.state is CampaignState.RUNNING and self.now < self.campaign.terms.ends_at
        if running and not await self.work.campaign_contacts.any_open(self.campaign.id):
            await self.work.campaigns.tell_worked_off(self.campaign.id, self.now)

    async def _check_results(self) -> None:
        since = self.campaign.started_at or self.campaign.created_at
        if is_failing(await self.work.campaign_contacts.last_results(self.campaign.id, since, LOOK_BACK)):
            raise _Pause("failing", "most of the last calls failed for reasons that are not the callees'")

    async def _next(self) -> DialCall | None:
        contact = await self.work.campaign_contacts.due(self.campaign.id, self.now)
        if contact is None:
            return None
        way, seal = await self._way(), await self._seal()
        for _ in range(_MOST):
            if (command := await self._consider(contact, way, seal)) is not None:
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
            await self.work.campaign_contacts.wait(contact.id, self.now + _SOON)
            return None
        if placed.command is None:
            zones, code = placed.evidence.question.zones, placed.stored.code
            refused = after_refusal(code, self.campaign.terms, self.now, has_a_clock=bool(zones))
            await self._note(contact, replace(refused, rang=True))  # no try was counted for it
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
            contact.id, state, settled.result, self.now, not_before=settled.not_before, was_a_try=settled.rang
        )

    async def _enter(self, state: CampaignState, why: str, problem: str = "") -> None:
        await self.work.campaigns.enter(self.campaign.id, state, self.now, why=why)
        act = self._act(f"campaign.{state.value}", "campaign", self.campaign.id, why=why, problem=problem)
        await self.work.audit.append(act, self.now)
        _log.warning("campaign stops", campaign_id=self.campaign.id, state=state.value, why=why, problem=problem)

    def _act(self, action: str, kind: str, object_id: str, **details: Any) -> Act:
        told = {**details, "campaign": self.campaign.id}
        return Act(action=action, actor=_WHO, object_kind=kind, object_id=object_id, details=told)
