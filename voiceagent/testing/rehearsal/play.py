"""Play scenarios: each on a call of its own, and what became of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from voiceagent.conversation.profile import AgentProfile
from voiceagent.testing.rehearsal.agent_folder import AgentFolder
from voiceagent.testing.rehearsal.call import RehearsedCall
from voiceagent.testing.rehearsal.scenario import (
    AgentHangsUp,
    AgentNeverSaid,
    AgentSays,
    CallerPresses,
    CallerSpeaks,
    CallerWaits,
    Scenario,
    Step,
    ToolNeverRan,
    ToolRan,
)
from voiceagent.testing.rehearsal.stage import Line
from voiceagent.testing.rehearsal.transcript import Missing, TranscriptLine
from voiceagent.testing.rehearsal.virtual_time import VirtualTimeLoop

MakeLine = Callable[[AgentProfile], Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a scenario went. problem: "" when it passed; line: of the file, where it failed. length_s: of the call."""

    scenario: Scenario
    length_s: float
    transcript: tuple[TranscriptLine, ...]
    line: int = 0
    problem: str = ""

    @property
    def passed(self) -> bool:
        return not self.problem


def play(agent: AgentFolder, scenario: Scenario, make_line: MakeLine) -> Outcome:
    """One call by the scenario. Raises ConfigError for a scenario that does not fit the agent."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(_play(agent, scenario, make_line))


async def _play(agent: AgentFolder, scenario: Scenario, make_line: MakeLine) -> Outcome:
    call = RehearsedCall(agent, make_line(agent.profile), caller=scenario.caller, answers=scenario.answers)
    line, problem = 0, ""
    try:
        await call.begin(scenario.consent)
        for line, step in scenario.steps:  # noqa: B007 - where it stopped is told
            await _take(call, step)
    except Missing as missed:
        problem = str(missed)
    length_s, transcript = call.now, tuple(call.transcript)
    await call.hangs_up()
    return Outcome(scenario=scenario, length_s=length_s, transcript=transcript, line=line, problem=problem)


async def _take(call: RehearsedCall, step: Step) -> None:
    match step:
        case CallerSpeaks(text=text, at=at):
            await (call.says(text) if at is None else call.overlaps(text, at=at))
        case CallerPresses(keys=keys):
            await call.presses(keys)
        case CallerWaits(seconds=seconds):
            await call.waits(seconds)
        case AgentSays(text=text, within=within, interrupted=interrupted):
            await call.heard(text, within=within, interrupted=interrupted)
        case AgentNeverSaid(text=text):
            await call.never_heard(text)
        case ToolRan(name=name, arguments=arguments, result=result):
            await call.used(name, arguments, result)
        case ToolNeverRan(name=name):
            await call.never_used(name)
        case AgentHangsUp():
            await call.ended()
