"""Closing a delegation stops its read, whoever works on it."""

import asyncio
from dataclasses import replace
from typing import Any

from voiceagent.background.agent import PlannedAgent
from voiceagent.background.agent_parts import AgentParts, LoadedProfiles
from voiceagent.background.effects.commit import Committer
from voiceagent.background.language_model.agent import ModelAgent
from voiceagent.background.language_model.choice import ChosenAgent
from voiceagent.background.reporting import Report
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Effect, tool
from voiceagent.conversation.delegation import Progress
from voiceagent.conversation.profile import Intent
from voiceagent.testing.memory_ledger import MemoryLedger


class _Unasked:
    def begin(self, brief):
        raise AssertionError(brief)


async def test_a_read_of_the_planned_agent_stops_when_the_chosen_one_is_closed(profile, package, clock):
    stopped = asyncio.Event()

    @tool(name="stock.count", effect=Effect.READ)
    async def count(report: Report) -> dict[str, Any]:
        report("counting")
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return {}

    intent = Intent(name="count", phrases=("count",), tool="stock.count", say="Done.")
    profiles = LoadedProfiles(replace(profile, intents=(intent,)))
    ledger, tools = MemoryLedger(), ToolRegistry([count])
    committer = Committer(ledger, tools, clock)
    parts = AgentParts(profiles=profiles, tools=tools, ledger=ledger, committer=committer, clock=clock)
    planned = PlannedAgent(parts)
    updates = ChosenAgent(profiles, planned, ModelAgent(_Unasked(), parts)).run(package("count"))

    assert await anext(updates) == Progress(text="counting")
    await updates.aclose()

    assert stopped.is_set()
