"""Play a made dialogue through the real responder, the real planned agent, real tools and a ledger. No audio."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Final

from voiceagent.background.agent import PlannedAgent
from voiceagent.background.crm import Contact, Order
from voiceagent.background.crm_tools import crm_tools
from voiceagent.background.demo_tools import card_subject, demo_tools
from voiceagent.background.responder import ProfileResponder
from voiceagent.conversation.delegation import (
    Commentary,
    DelegationPackage,
    Instructions,
    Progress,
    Proposed,
    Thinking,
    ToolRan,
    WorkDone,
)
from voiceagent.conversation.effects import EffectState
from voiceagent.conversation.profile import AgentProfile, Then
from voiceagent.conversation.reply import Reply, WorkRequest
from voiceagent.core.ids import CallId, DelegationId, ProposalId, TenantId
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.memory_crm import MemoryCrm
from voiceagent.testing.memory_ledger import MemoryLedger
from voiceagent.testing.planned import planned_agent
from voiceagent.testing.planner.dialogue import AtReadBack, Dialogue, Wish
from voiceagent.testing.planner.scripted_caller import Act, Heard, ScriptedCaller
from voiceagent.testing.planner.word_errors import with_word_errors

_CALLER: Final = "+12025550101"
_TURN_S: Final = 6.0
_TENANT, _CALL = TenantId("bench"), CallId("call_bench")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a dialogue. `arguments` and `corrected`: (right, all), by the first work that was asked for."""

    dialogue: Dialogue
    success: bool
    turns: int
    arguments: tuple[int, int]
    corrected: tuple[int, int]
    wrong_writes: int
    talk: tuple[str, ...]


@dataclass(slots=True)
class _Agent:
    """The agent's side: one call's responder, and the background agent behind it."""

    profile: AgentProfile
    responder: ProfileResponder
    background: PlannedAgent
    asked: str = ""
    said: str = ""
    read_back: ProposalId | None = None
    works: list[WorkRequest] = field(default_factory=list)
    talk: list[str] = field(default_factory=list)

    async def hear(self, text: str) -> Heard:
        """The answer to a caller's words, carried to its end."""
        reply = self.responder.commit(text, asked=self.asked)
        if reply.declines:
            self.read_back = None
        heard = await self._work(reply.work) if reply.work is not None else self._heard(reply)
        self.talk.append(f"agent: {self.said}")
        return heard

    def _say(self, text: str) -> None:
        self.said = text
        self.asked = text if text.rstrip().endswith("?") else ""

    def _heard(self, reply: Reply) -> Heard:
        self._say(reply.say)
        if reply.then is Then.HANG_UP:
            return Heard(act=Act.LEFT)
        slot = next((name for name, spec in self.profile.slots.items() if reply.say == spec.ask), "")
        if slot:
            return Heard(act=Act.ASKED, intent=reply.intent, slot=slot)
        if self.read_back is not None and not reply.declines and not reply.understood:
            return Heard(act=Act.READ_BACK, intent=self.works[-1].intent, values=self.works[-1].slots)
        if reply.declines:
            return Heard(act=Act.DECLINED, intent=reply.intent)
        if reply.say == self.profile.greeting:
            return Heard(act=Act.GREETED)
        known = reply.understood and reply.intent
        return Heard(act=Act.SAID, intent=reply.intent) if known else Heard(act=Act.NOT_UNDERSTOOD)

    async def _work(self, request: WorkRequest) -> Heard:
        confirms = self.read_back if request.confirms else None
        if not request.confirms:
            self.works.append(request)
        self.read_back = None
        package = DelegationPackage(
            delegation_id=DelegationId(f"del_{len(self.talk)}"),
            call_id=_CALL,
            tenant_id=_TENANT,
            profile=self.profile.name,
            profile_version=self.profile.version,
            caller=_CALLER,
            intent=request.intent,
            slots=dict(request.slots),
            confirms=confirms,
        )
        heard = Heard(act=Act.NOT_UNDERSTOOD)
        async for update in self.background.run(package):
            match update:
                case Proposed():
                    self.read_back = update.proposal_id
                    self._say(self.responder.read_back(request, update.read_back).say)
                    heard = Heard(act=Act.READ_BACK, intent=request.intent, values=request.slots)
                case Commentary():
                    self._say(self.responder.weave(request.intent, update.text).say)
                case WorkDone() if update.outcome in {"ok", "not_found"}:
                    found = update.outcome == "ok"
                    heard = Heard(act=Act.TOLD, intent=request.intent, values=request.slots, found=found)
                case ToolRan() | WorkDone() | Thinking() | Instructions() | Progress():
                    continue
        return heard


async def play(dialogue: Dialogue, profile: AgentProfile, error_rate: float, seed: int = 0) -> Outcome:
    """One dialogue with `error_rate` word errors, in [0, 1]; the same for the same seed."""
    today = date.fromisoformat(dialogue.today)
    clock = ManualClock(datetime(today.year, today.month, today.day, 10, tzinfo=UTC))
    crm, ledger = await _crm(dialogue, clock), MemoryLedger()
    background = planned_agent(profile, (*crm_tools(crm), *demo_tools(crm)), clock, ledger)
    agent = _Agent(profile, ProfileResponder(profile, today), background, asked=profile.greeting)
    caller = ScriptedCaller(dialogue)
    dice = Random(f"{seed}/{dialogue.dialogue_id}/{error_rate}")  # noqa: S311 - errors of a bench, not secrets
    heard = Heard(act=Act.GREETED)
    while said := caller.next(heard):
        text = with_word_errors(said, error_rate, dice)
        agent.talk.append(f"caller: {said}" + (f"  [heard: {text}]" if text != said else ""))
        heard = await agent.hear(text)
        clock.advance(_TURN_S)
    committed = [
        (entry.proposal.tool, entry.proposal.arguments)
        for entry in ledger.entries
        if entry.state is not EffectState.PROPOSED and entry.result.get("found", True)
    ]
    expected = [_write(wish, profile) for wish in dialogue.wishes if _writes(wish, profile)]
    wrong = [write for write in committed if write not in expected]
    return Outcome(
        dialogue=dialogue,
        success=caller.satisfied and not wrong and len(committed) == len(expected),
        turns=caller.turns - 1,
        arguments=_right(dialogue, agent.works, corrected=False),
        corrected=_right(dialogue, agent.works, corrected=True),
        wrong_writes=len(wrong) + max(0, len(committed) - len(wrong) - len(expected)),
        talk=tuple(agent.talk),
    )


def _writes(wish: Wish, profile: AgentProfile) -> bool:
    return bool(profile.intent(wish.intent).confirm) and wish.at_read_back is not AtReadBack.REFUSE and wish.found


def _write(wish: Wish, profile: AgentProfile) -> tuple[str, dict[str, str]]:
    return profile.intent(wish.intent).tool, wish.final


def _right(dialogue: Dialogue, works: list[WorkRequest], *, corrected: bool) -> tuple[int, int]:
    """How many values were right in the first work of each wish's intent; those taken back once, or all."""
    right = total = 0
    by_intent: dict[str, list[WorkRequest]] = {}
    for work in works:
        by_intent.setdefault(work.intent, []).append(work)
    for wish in dialogue.wishes:
        slots = wish.corrected if corrected else tuple(wish.goal)
        first = by_intent.get(wish.intent, [])[:1]
        total += len(slots)
        right += sum(work.slots.get(slot) == wish.goal[slot] for work in first for slot in slots)
        del by_intent.get(wish.intent, [])[:1]
    return right, total


async def _crm(dialogue: Dialogue, clock: ManualClock) -> MemoryCrm:
    """The caller with their orders and cards, and somebody else with an order."""
    anna, ben = (Contact(contact_id=key, first_name=key.title(), last_name="X") for key in ("anna", "ben"))
    numbers = [(number, anna.contact_id) for number in dialogue.orders] + [("777777", ben.contact_id)]
    orders = [
        Order(
            order_number=number,
            contact_id=owner,
            item="a lamp",
            status="on its way",
            ordered_at=clock.now(),
            carrier="Northbird Post",
            eta="tomorrow",
            delivery_window="before noon",
        )
        for number, owner in numbers
    ]
    crm = MemoryCrm(contacts={_CALLER: anna, "+12025550102": ben}, orders=orders, clock=clock)
    for card in dialogue.cards:
        await crm.create_case(
            anna.contact_id, subject=card_subject(card), description="", idempotency_key=f"card-{card}"
        )
    return crm
