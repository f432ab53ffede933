"""Asks the gate and a gateway for a call. Nothing is dialled here."""

from dataclasses import dataclass

from voiceagent.api.acts import act_of
from voiceagent.api.principal import Principal
from voiceagent.api.resources.dialling.schemas import DialBody
from voiceagent.api.resources.outbound.service import OutboundService
from voiceagent.compliance.rules.outbound import Evidence
from voiceagent.compliance.rules.tolls import why_dear
from voiceagent.control.commands import Commands, DialCall
from voiceagent.core.errors import BadInput, Conflict, NotFound
from voiceagent.core.ids import CallId, new_id
from voiceagent.records.number_hash import number_hash
from voiceagent.records.outbound_values import StoredDecision, StoredOutboundCall
from voiceagent.records.unit_of_work import Records, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of it. `call_id`: "" when it was refused."""

    call_id: str
    stored: StoredDecision
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    profile: str
    trunk: str


class DialService:
    def __init__(self, *, records: Records, gate: OutboundService, commands: Commands, pepper: bytes) -> None:
        self._records = records
        self._gate = gate
        self._commands = commands
        self._pepper = pepper

    async def ask(self, principal: Principal, body: DialBody) -> Asked:
        """Decide, and have it dialled when that is allowed.

        The decision and the call are committed together before a gateway hears of it, so what is dialled was allowed;
        should it not hear of it, the call is never dialled.

        Raises BadInput for a line that is not ours, and for a number that is ours or costs extra, NotFound for an agent
        that there is not, Conflict when there is no way out or a call to the number is under way, NoCapacity without a
        free line, StoreUnavailable.
        """
        if why := why_dear(body.number):
            raise BadInput(f"{why} is not dialled: whoever runs it would earn by the call")
        hashed = number_hash(self._pepper, body.number)
        async with self._records.unit_of_work(principal.tenant_id) as work:
            way = await _way(work, body)
            gateway_id = await self._commands.roomiest_gateway()
            await work.outbound.hold(hashed)
            if await work.outbound_calls.under_way(hashed, self._gate.now()):
                raise Conflict("a call to this number is under way, or its end is not recorded yet: ask again later")
            stored, evidence = await self._gate.decide_within(work, principal, body, hashed)
            call = StoredOutboundCall(
                call_id=new_id("call"),
                number_hash=hashed,
                decision_id=stored.id,
                line=body.line,
                profile=way.profile,
                trunk=way.trunk,
                asked_by=principal.id,
                asked_at=stored.at,
            )
            if stored.allowed:
                await work.outbound_calls.add(call)
                act = act_of(principal, "outbound_call.asked", "call", call.call_id, decision=stored.id)
                await work.audit.append(act, stored.at)
            await work.commit()
        if stored.allowed:
            await self._commands.dial(gateway_id, _command(call, body))
        return Asked(call_id=call.call_id if stored.allowed else "", stored=stored, evidence=evidence)


async def _way(work: UnitOfWork, body: DialBody) -> _Way:
    """Which agent calls, over which trunk; all by what is configured."""
    own = {one.number: one for one in await work.numbers.list()}
    if body.number in own:
        raise BadInput("that is a number of yours: two agents would talk to each other")
    line = own.get(body.line)
    if line is None:
        raise BadInput(f"{body.line} is no number of yours: calls show one that is listed in `numbers`")
    name = body.profile or line.profile
    profile = await work.agent_profiles.newest(name)
    if profile is None:
        raise NotFound(f"there is no agent profile {name}")
    if not profile.document.get("outbound"):
        raise Conflict(f"the profile {name} has no `outbound` section: write what it says when it calls")
    trunks = [one.name for one in await work.trunks.list() if one.settings.get("outbound")]
    wanted = [one for one in trunks if one == body.trunk or not body.trunk]
    if not wanted:
        raise Conflict("no trunk for calls of yours: give one an `outbound` address in the settings, or name that one")
    if len(wanted) > 1:
        raise Conflict(f"there are several trunks for calls of yours; name one: {', '.join(wanted)}")
    return _Way(profile=name, trunk=wanted[0])


def _command(call: StoredOutboundCall, body: DialBody) -> DialCall:
    return DialCall(
        call_id=CallId(call.call_id),
        asked_at=call.asked_at,
        callee=body.number,
        number_hash=call.number_hash,
        line=call.line,
        profile=call.profile,
        trunk=call.trunk,
        purpose=body.purpose.value,
        campaign=body.campaign,
        decision_id=call.decision_id,
    )
