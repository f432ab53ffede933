"""The agent that asks a language model. The model chooses among the profile's tools and finds words for what they say.

It decides nothing: tools pass the gate, words are looked through, and a change that the caller said yes to is committed
without asking it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

import structlog

from voiceagent.background.agent_parts import AgentParts, not_begun
from voiceagent.background.conclusion import ChangeEnd, conclude_change, told_end
from voiceagent.background.effects.policy import decide
from voiceagent.background.language_model.briefing import brief, sources
from voiceagent.background.language_model.contract import LanguageModel, WishAnswer
from voiceagent.background.language_model.gate import Policy, ToolGate
from voiceagent.background.language_model.offers import Offered, check_offers, offered_tools, outside_name
from voiceagent.background.language_model.spoken_answer import Fault, spoken_answer
from voiceagent.background.reporting import Report, with_reports
from voiceagent.background.stopping import Audience, Stop
from voiceagent.background.tool_record import tool_ran
from voiceagent.background.tools import Caller, Effect
from voiceagent.conversation.delegation import Commentary, DelegationPackage, DelegationUpdate, WorkDone
from voiceagent.conversation.effects import Proposal
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.errors import NotFound, Unavailable, VoiceagentError
from voiceagent.core.ids import DelegationId, ProposalId

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
class _Job:
    """A delegation with what may be used for it."""

    package: DelegationPackage
    profile: AgentProfile
    offered: dict[str, Offered]
    caller: Caller
    audience: Audience


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
        self._stops = parts.stops
        self._limits = limits
        self._policy = policy

    def check(self, profile: AgentProfile) -> None:
        """Make sure at start that every tool of the profile can be offered. Raises ConfigError."""
        check_offers(profile, self._tools)

    async def run(self, package: DelegationPackage) -> AsyncGenerator[DelegationUpdate]:
        """Progress as a read reports it, ToolRan for every wish, Proposed or Commentary when there is something to say,
        WorkDone."""
        with self._stops.running(package.delegation_id) as stop:
            try:
                async with aclosing(with_reports(partial(self._updates, package, stop))) as updates:
                    async for update in updates:
                        yield update
            except VoiceagentError as error:
                yield not_begun(package, error)

    async def stop(self, delegation_id: DelegationId) -> None:
        """Stop asking the model, and a read; `run` tells so and ends. A change that was confirmed goes on."""
        self._stops.ask(delegation_id)

    async def _updates(self, package: DelegationPackage, stop: Stop, report: Report) -> tuple[DelegationUpdate, ...]:
        job = await self._job(package, Audience(report=report, stop=stop))
        return await (self._confirmed(job, package.confirms) if package.confirms else self._asked(job))

    async def _job(self, package: DelegationPackage, audience: Audience) -> _Job:
        profile = await self._profiles.load(package.profile, package.profile_version)
        caller = Caller(number=package.caller, tenant_id=package.tenant_id, call_id=package.call_id)
        offered = offered_tools(profile, self._tools)
        return _Job(package=package, profile=profile, offered=offered, caller=caller, audience=audience)

    async def _confirmed(self, job: _Job, proposal_id: ProposalId) -> tuple[DelegationUpdate, ...]:
        """Carry out what the caller said yes to, and tell it in the words of the tool's own intent."""
        try:
            proposal = (await self._ledger.find(proposal_id)).proposal
            one = _changing(job.offered, proposal)
        except VoiceagentError as error:  # nothing has begun, and nothing will
            return told_end(job.profile.changes, ChangeEnd.FAILED, str(error))
        committed = await self._committer.confirm(proposal_id, one.tool, job.caller)
        ran = tool_ran(one.tool.name, committed.outcome, committed.rule)
        intent = one.intent or job.profile.intent(job.package.intent)
        values = {name: _as_slot(value) for name, value in proposal.arguments.items() if value is not None}
        told = conclude_change(job.profile.changes, intent, replace(job.package, slots=values), committed.outcome)
        return (ran, *told)

    async def _asked(self, job: _Job) -> tuple[DelegationUpdate, ...]:
        gate = ToolGate(
            profile=job.profile,
            offered=job.offered,
            caller=job.caller,
            ledger=self._ledger,
            clock=self._clock,
            policy=self._policy,
            audience=job.audience,
        )
        limit = asyncio.timeout(self._limits.seconds)
        try:
            async with limit:
                with job.audience.stop.watched_by(limit):
                    text = await self._talk(job, gate, limit)
        except TimeoutError:
            if job.audience.stop.wanted:
                return (*gate.ran, WorkDone(outcome="stopped"))
            return (*gate.ran, WorkDone(outcome="unreachable", detail="the model took too long"))
        except Unavailable as error:
            return (*gate.ran, WorkDone(outcome="unreachable", detail=str(error)))
        except _PassedLimit as error:
            return (*gate.ran, WorkDone(outcome="failed", detail=str(error)))
        return (*gate.ran, *(gate.settled or self._said(text, job, gate)))

    async def _talk(self, job: _Job, gate: ToolGate, limit: asyncio.Timeout) -> str:
        """The model's last words; "" once a change was settled. Raises Unavailable, _PassedLimit, TimeoutError."""
        exchange = self._model.begin(brief(job.profile, job.package, job.offered))
        answers: list[WishAnswer] = []
        wishes = tokens = 0
        for _ in range(self._limits.turns):
            _check_time(limit)
            turn = await exchange.turn(answers)
            if not turn.wishes:
                return turn.text
            wishes, tokens = wishes + len(turn.wishes), tokens + turn.tokens
            if wishes > self._limits.wishes or tokens > self._limits.tokens:
                raise _PassedLimit("the model passed its limit of tools or tokens")
            answers = []
            for wish in turn.wishes:
                _check_time(limit)
                answers.append(await gate.use(wish))
            if gate.settled:
                return ""
        raise _PassedLimit("the model passed its limit of turns")

    def _said(self, text: str, job: _Job, gate: ToolGate) -> tuple[DelegationUpdate, ...]:
        words = spoken_answer(text, sources(job.profile, job.package, gate.results))
        if not isinstance(words, Fault):
            return (Commentary(text=words), WorkDone(outcome="ok"))
        _log.warning(
            "words of the model are not spoken",
            reason=words.value,
            call_id=job.package.call_id,
            delegation_id=job.package.delegation_id,
        )
        done = WorkDone(outcome="failed", detail=words.value)
        if words is Fault.CLAIMS and job.profile.agent is not None:
            return (Commentary(text=job.profile.agent.nothing_changed), done)
        return (done,)


def _check_time(limit: asyncio.Timeout) -> None:
    """A limit cuts off once: what made an answer of that would go on without one. Raises TimeoutError."""
    if limit.expired():
        raise TimeoutError


def _changing(offered: dict[str, Offered], proposal: Proposal) -> Offered:
    one = offered.get(outside_name(proposal.tool))
    if one is None or one.tool.effect is Effect.READ:
        raise NotFound(f"the profile has no change {proposal.tool} any more")
    return one


def _as_slot(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
