"""Asks the gate and enters a call that is to be dialled. A gateway is told of it once that is committed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from voiceagent.compliance.dialling.gate import ask_gate, keep_decision
from voiceagent.compliance.dialling.wish import Callee, CallWish, question_of
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.outbound import Evidence
from voiceagent.compliance.rules.tolls import why_dear
from voiceagent.control.commands import DialCall
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, Conflict, NotFound
from voiceagent.core.ids import CallId, new_id
from voiceagent.records.audit.act import Act
from voiceagent.records.outbound_values import StoredDecision, StoredOutboundCall
from voiceagent.records.unit_of_work import UnitOfWork
from voiceagent.records.values import Number
from voiceagent.telephony.e164 import canonical

ActOf = Callable[..., Act]  # action, kind and id of the object; details by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Which agent calls, over which trunk."""

    profile: str
    trunk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What came of it. `command`: for the gateway, once this is committed; None when it was refused."""

    command: DialCall | None
    stored: StoredDecision
    evidence: Evidence


class Placing:
    def __init__(self, *, book: RuleBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock

    async def decide(
        self, work: UnitOfWork, callee: Callee, hashed: str, *, by: str, act_of: ActOf
    ) -> tuple[StoredDecision, Evidence]:
        """Decide and keep the decision, within a transaction that holds the number's lock. Raises BadInput."""
        question = question_of(callee, self._clock.now())
        evidence = await ask_gate(work, question, hashed, self._book)
        stored = await keep_decision(work, evidence, hashed, self._book, by=by)
        await work.audit.append(
            act_of("outbound.decided", "outbound_decision", stored.id, code=stored.code), question.at
        )
        return stored, evidence

    async def place(self, work: UnitOfWork, wish: CallWish, way: Way, hashed: str, *, by: str, act_of: ActOf) -> Placed:
        """Decide, and enter the call when that is allowed; decision and call are committed together.

        So what is dialled was allowed, and should the gateway not hear of it, the call is never dialled.

        Raises BadInput for a number that is ours or costs extra, Conflict when a call to it is under way.
        """
        await check_number(work, wish.callee.number)
        await work.outbound.hold(hashed)
        if await work.outbound_calls.under_way(hashed, self._clock.now()):
            raise Conflict("a call to this number is under way, or its end is not recorded yet: ask again later")
        stored, evidence = await self.decide(work, wish.callee, hashed, by=by, act_of=act_of)
        if not stored.allowed:
            return Placed(command=None, stored=stored, evidence=evidence)
        call = StoredOutboundCall(
            call_id=new_id("call"),
            number_hash=hashed,
            decision_id=stored.id,
            line=wish.line,
            profile=way.profile,
            trunk=way.trunk,
            asked_by=by,
            asked_at=stored.at,
        )
        await work.outbound_calls.add(call)
        await work.audit.append(act_of("outbound_call.asked", "call", call.call_id, decision=stored.id), stored.at)
        return Placed(command=_command(call, wish.callee), stored=stored, evidence=evidence)


async def check_number(work: UnitOfWork, number: str) -> None:
    """Raises BadInput for a number that nobody calls, whatever the rules of its place say."""
    if why := why_dear(number):
        raise BadInput(f"{why} is not dialled: whoever runs it would earn by the call")
    if number in own_numbers(await work.numbers.list()):
        raise BadInput("that is a number of yours: two agents would talk to each other")


def own_numbers(numbers: Iterable[Number]) -> frozenset[str]:
    """As somebody would call them, however trunks and settings write them."""
    return frozenset(canonical(f"+{one.number.removeprefix('+')}") for one in numbers)


async def way_of(work: UnitOfWork, line: str, profile: str, trunk: str) -> Way:
    """By what is configured.

    Raises BadInput for a line that is not ours, NotFound for an agent that there is not, Conflict for one that does not
    call, and when there is no way out, or several.
    """
    own = {one.number: one for one in await work.numbers.list()}
    if line not in own:
        raise BadInput(f"{line} is no number of yours: calls show one that is listed in `numbers`")
    name = profile or own[line].profile
    newest = await work.agent_profiles.newest(name)
    if newest is None:
        raise NotFound(f"there is no agent profile {name}")
    if not newest.document.get("outbound"):
        raise Conflict(f"the profile {name} has no `outbound` section: write what it says when it calls")
    trunks = [one.name for one in await work.trunks.list() if one.settings.get("outbound")]
    wanted = [one for one in trunks if one == trunk or not trunk]
    if not wanted:
        raise Conflict("no trunk for calls of yours: give one an `outbound` address in the settings, or name that one")
    if len(wanted) > 1:
        raise Conflict(f"there are several trunks for calls of yours; name one: {', '.join(wanted)}")
    return Way(profile=name, trunk=wanted[0])


def _command(call: StoredOutboundCall, callee: Callee) -> DialCall:
    return DialCall(
        call_id=CallId(call.call_id),
        asked_at=call.asked_at,
        callee=callee.number,
        number_hash=call.number_hash,
        line=call.line,
        profile=call.profile,
        trunk=call.trunk,
        purpose=callee.purpose.value,
        campaign=callee.campaign,
        decision_id=call.decision_id,
    )
