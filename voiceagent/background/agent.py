"""The planned agent: the profile's intent names the tool, its template says what was found. No model writes words.

A tool that changes something is not run but proposed: its arguments are checked and written into the ledger, and the
caller is asked. Work that confirms the proposal commits it.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from voiceagent.background.agent_parts import AgentParts, not_begun
from voiceagent.background.conclusion import conclude, conclude_change
from voiceagent.background.effects.policy import Ruling, decide
from voiceagent.background.effects.proposing import Change, propose
from voiceagent.background.rendering import render
from voiceagent.background.reporting import Report, with_reports
from voiceagent.background.stopping import Audience, Stop
from voiceagent.background.tool_record import tool_ran
from voiceagent.background.tools import Caller, Effect, Tool
from voiceagent.conversation.delegation import DelegationPackage, DelegationUpdate
from voiceagent.conversation.profile import AgentProfile, Intent
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.errors import ConfigError, NotFound, VoiceagentError
from voiceagent.core.ids import DelegationId, ProposalId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A delegation with what its profile says about it."""

    package: DelegationPackage
    profile: AgentProfile
    intent: Intent
    tool: Tool
    caller: Caller
    audience: Audience

    @property
    def arguments(self) -> dict[str, str]:
        """Slots that only the templates use stay out; a slot can never fill the `Caller` parameter."""
        return {name: value for name, value in self.package.slots.items() if name in self.tool.parameters}


class PlannedAgent:
    """Runs delegations, any number at once; it keeps nothing between them."""

    def __init__(self, parts: AgentParts) -> None:
        self._profiles = parts.profiles
        self._tools = parts.tools
        self._ledger = parts.ledger
        self._committer = parts.committer
        self._clock = parts.clock
        self._stops = parts.stops
        self._captured = parts.captured

    def check(self, profile: AgentProfile) -> None:
        """Make sure at start that every tool of the profile can run. Raises ConfigError."""
        for intent in profile.intents:
            if intent.tool:
                try:
                    tool = self._tool_of(intent)
                except NotFound as error:
                    raise ConfigError(f"profile {profile.name}, intent {intent.name}: {error}") from error
                check_filled(profile, intent, tool)

    async def run(self, package: DelegationPackage) -> AsyncGenerator[DelegationUpdate]:
        """Progress as a read reports it, ToolRan or Proposed, Commentary when there is something to say, WorkDone.

        Closing it stops a read.
        """
        with self._stops.running(package.delegation_id) as stop:
            try:
                async with aclosing(with_reports(partial(self._updates, package, stop))) as updates:
                    async for update in updates:
                        yield update
            except VoiceagentError as error:
                yield not_begun(package, error)
            finally:
                self._captured.take(package.delegation_id)  # nobody else may have it

    async def hand_over(self, delegation_id: DelegationId, captured: Mapping[str, Secret]) -> None:
        """Keep it for the tool of that delegation. Raises Conflict when too much is kept already."""
        self._captured.keep(delegation_id, captured)

    async def stop(self, delegation_id: DelegationId) -> None:
        """Stop a read and forget what was typed for it; `run` tells so and ends. A change goes on."""
        self._captured.take(delegation_id)
        self._stops.ask(delegation_id)

    async def _updates(self, package: DelegationPackage, stop: Stop, report: Report) -> tuple[DelegationUpdate, ...]:
        job = await self._job(package, Audience(report=report, stop=stop))
        return await (self._confirmed(job, package.confirms) if package.confirms else self._asked(job))

    async def _job(self, package: DelegationPackage, audience: Audience) -> _Job:
        profile = await self._profiles.load(package.profile, package.profile_version)
        intent = profile.intent(package.intent)
        caller = Caller(number=package.caller, tenant_id=package.tenant_id, call_id=package.call_id)
        tool = self._tool_of(intent)
        return _Job(package=package, profile=profile, intent=intent, tool=tool, caller=caller, audience=audience)

    async def _confirmed(self, job: _Job, proposal_id: ProposalId) -> tuple[DelegationUpdate, ...]:
        """Carry out what the caller said yes to. The slots of now are not looked at: the proposal has its own."""
        committed = await self._committer.confirm(proposal_id, job.tool, job.caller)
        ran = tool_ran(job.tool.name, committed.outcome, committed.rule)
        return (ran, *conclude_change(job.profile.changes, job.intent, job.package, committed.outcome))

    async def _asked(self, job: _Job) -> tuple[DelegationUpdate, ...]:
        decision = decide(job.tool, job.caller, None, self._clock.now())
        if decision.ruling is Ruling.ASK:
            return await self._propose(job)
        captured = self._captured.take(job.package.delegation_id)
        outcome = await job.tool.call(
            job.arguments, caller=job.caller, clock=self._clock, audience=job.audience, captured=captured
        )
        return (tool_ran(job.tool.name, outcome, decision.rule), *conclude(job.intent, job.package, outcome))

    async def _propose(self, job: _Job) -> tuple[DelegationUpdate, ...]:
        """Enter it in the ledger and ask. Raises BadInput for arguments that do not fit, StoreUnavailable."""
        return await propose(
            self._ledger,
            Change(tool=job.tool, caller=job.caller, arguments=job.tool.validate(job.arguments)),
            lambda: render(job.intent.confirm, job.package.slots),
            job.profile.changes,
            self._clock.now(),
        )

    def _tool_of(self, intent: Intent) -> Tool:
        if not intent.tool:
            raise NotFound(f"intent {intent.name} has no tool, so there is nothing to delegate")
        tool = self._tools.get(intent.tool)
        if tool.effect is not Effect.READ and not intent.confirm.rstrip().endswith("?"):
            raise ConfigError(
                f"tool {tool.name} changes something ({tool.effect}): give intent {intent.name} a `confirm` that reads "
                "everything back and ends with a question"
            )
        return tool


def check_filled(profile: AgentProfile, intent: Intent, tool: Tool) -> None:
    """Every parameter without a default is a slot that the intent asks for, and what is captured goes to the tool that
    wants it. Raises ConfigError."""
    captured = {name for name in intent.needs if name in profile.slots and profile.slots[name].capture}
    for name in sorted(captured ^ tool.captured_parameters):
        raise ConfigError(
            f"{tool.place}: tool {tool.name}: a slot with `capture` goes to a parameter of its name and of type "
            f"`Captured`, and nowhere else: in profile {profile.name}, intent {intent.name}, {name!r} is but one"
            " of both"
        )
    for parameter in sorted(tool.required - set(intent.needs)):
        raise ConfigError(
            f"{tool.place}: tool {tool.name}: nothing fills its parameter {parameter!r}: add {parameter} to `needs` of "
            f"intent {intent.name} in profile {profile.name}, or give the parameter a default"
        )
