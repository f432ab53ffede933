"""The agent that asks a language model. The model chooses among the profile's tools and finds words for what they say.

It decides nothing: tools pass the gate, words are looked through, and a change that the caller said yes to is committed
without asking it.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

import structlog

from voiceagent.background.agent import ProfileSource
from voiceagent.background.conclusion import ChangeEnd, conclude_change, told_end
from voiceagent.background.effects.commit import Committer
from voiceagent.background.effects.ledger import EffectLedger
from voiceagent.background.effects.policy import decide
from voiceagent.background.language_model.briefing import brief, sources
from voiceagent.background.language_model.contract import LanguageModel, WishAnswer
from voiceagent.background.language_model.gate import Policy, ToolGate
from voiceagent.background.language_model.offers import Offered, check_offers, offered_tools, outside_name
from voiceagent.background.language_model.spoken_answer import Fault, spoken_answer
from voiceagent.background.tool_record import tool_ran
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Caller, Effect
from voiceagent.conversation.delegation import Commentary, DelegationPackage, DelegationUpdate, WorkDone
from voiceagent.conversation.effects import Proposal
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.clock import Clock
from voiceagent.core.errors import NotFound, Unavailable, VoiceagentError
from voiceagent.core.ids import ProposalId

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLimits:
    """Of one delegation; whoever passes one gets no answer. The talk waits `waits.work_timeout_s`, usually 12 s."""

    turns: int = 6
    wishes: int = 12
    tokens: int = 40_000
    seconds: float = 10.0


class _PassedLimit(Exception):
    """The model wanted more than it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentParts:
    """What an agent works with; the planned agent has the same."""

    profiles: ProfileSource
    tools: ToolRegistry
    ledger: EffectLedger
    committer: Committer
    clock: Clock


class ModelAgent:
    """Runs delegations, any number at once; it keeps nothing between them. `policy` is what the gate asks."""

    def __init__(
        self,
        model: LanguageModel,
        parts: AgentParts,
        *,
        limits: ModelLimits = ModelLimits(),
        policy: Policy = decide,
    ) -> None:
        self._model = model
        self._profiles = parts.profiles
        self._tools = parts.tools
        self._ledger = parts.ledger
        self._committer = parts.committer
        self._clock = parts.clock
        self._limits = limits
        self._policy = policy

    def check(self, profile: AgentProfile) -> None:
        """Make sure at start that every tool of the profile can be offered. Raises ConfigError."""
        check_offers(profile, self._tools)

    async def run(self, package: DelegationPackage) -> AsyncGenerator[DelegationUpdate]:
        """ToolRan for every wish, then Proposed or Commentary when there is something to say, WorkDone."""
        caller = Caller(number=package.caller, tenant_id=package.tenant_id, call_id=package.call_id)
        try:
            profile = await self._profiles.load(package.profile, package.profile_version)
            offered = offered_tools(profile, self._tools)
            if package.confirms:
                updates = await self._confirmed(package.confirms, profile, offered, caller, package)
            else:
                updates = await self._asked(profile, offered, caller, package)
        except VoiceagentError as error:
            _log.error(
                "delegation cannot be begun",
                pii_error=str(error),  # it may quote what was said
                call_id=package.call_id,
                delegation_id=package.delegation_id,
            )
            yield WorkDone(outcome="unreachable" if isinstance(error, Unavailable) else "failed", detail=str(error))
            return
        for update in updates:
            yield update

    async def _confirmed(
        self,
        proposal_id: ProposalId,
        profile: AgentProfile,
        offered: dict[str, Offered],
        caller: Caller,
        package: DelegationPackage,
    ) -> tuple[DelegationUpdate, ...]:
        """Carry out what the caller said yes to, and tell it in the words of the tool's own intent."""
        try:
            proposal = (await self._ledger.find(proposal_id)).proposal
            one = _changing(offered, proposal)
        except VoiceagentError as error:  # nothing has begun, and nothing will
            return told_end(profile.changes, ChangeEnd.FAILED, str(error))
        committed = await self._committer.confirm(proposal_id, one.tool, caller)
        ran = tool_ran(one.tool.name, committed.outcome, committed.rule)
        intent = one.intent or profile.intent(package.intent)
        values = {name: _as_slot(value) for name, value in proposal.arguments.items() if value is not None}
        told = conclude_change(profile.changes, intent, replace(package, slots=values), committed.outcome)
        return (ran, *told)

    async def _asked(
        self, profile: AgentProfile, offered: dict[str, Offered], caller: Caller, package: DelegationPackage
    ) -> tuple[DelegationUpdate, ...]:
        gate = ToolGate(
            profile=profile,
            offered=offered,
            caller=caller,
            ledger=self._ledger,
            clock=self._clock,
            policy=self._policy,
        )
        limit = asyncio.timeout(self._limits.seconds)
        try:
            async with limit:
                text = await self._talk(profile, offered, gate, package)
        except TimeoutError:
            return (*gate.ran, WorkDone(outcome="unreachable", detail="the model took too long"))
        except Unavailable as error:
            return (*gate.ran, WorkDone(outcome="unreachable", detail=str(error)))
        except _PassedLimit as error:
            return (*gate.ran, WorkDone(outcome="failed", detail=str(error)))
        return (*gate.ran, *(gate.settled or self._said(text, profile, gate, package)))

    async def _talk(
        self, profile: AgentProfile, offered: dict[str, Offered], gate: ToolGate, package: DelegationPackage
    ) -> str:
        """The model's last words; "" once a change was settled. Raises Unavailable, _PassedLimit."""
        exchange = self._model.begin(brief(profile, package, offered))
        answers: list[WishAnswer] = []
        wishes = tokens = 0
        for _ in range(self._limits.turns):
            turn = await exchange.turn(answers)
            if not turn.wishes:
                return turn.text
            wishes, tokens = wishes + len(turn.wishes), tokens + turn.tokens
            if wishes > self._limits.wishes or tokens > self._limits.tokens:
                raise _PassedLimit("the model passed its limit of tools or tokens")
            answers = [await gate.use(wish) for wish in turn.wishes]
            if gate.settled:
                return ""
        raise _PassedLimit("the model passed its limit of turns")

    def _said(
        self, text: str, profile: AgentProfile, gate: ToolGate, package: DelegationPackage
    ) -> tuple[DelegationUpdate, ...]:
        words = spoken_answer(text, sources(profile, package, gate.results))
        if not isinstance(words, Fault):
            return (Commentary(text=words), WorkDone(outcome="ok"))
        _log.warning(
            "words of the model are not spoken",
            reason=words.value,
            call_id=package.call_id,
            delegation_id=package.delegation_id,
        )
        done = WorkDone(outcome="failed", detail=words.value)
        if words is Fault.CLAIMS and profile.agent is not None:
            return (Commentary(text=profile.agent.nothing_changed), done)
        return (done,)


def _changing(offered: dict[str, Offered], proposal: Proposal) -> Offered:
    one = offered.get(outside_name(proposal.tool))
    if one is None or one.tool.effect is Effect.READ:
        raise NotFound(f"the profile has no change {proposal.tool} any more")
    return one


def _as_slot(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
