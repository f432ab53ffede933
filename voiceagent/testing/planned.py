"""A planned agent on a ledger in memory."""

from collections.abc import Iterable

from voiceagent.background.agent import PlannedAgent
from voiceagent.background.agent_parts import AgentParts, LoadedProfiles
from voiceagent.background.captured_values import CapturedValues
from voiceagent.background.effects.commit import Committer
from voiceagent.background.effects.ledger import EffectLedger
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Tool
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.clock import Clock
from voiceagent.testing.memory_ledger import MemoryLedger


def planned_agent(
    profile: AgentProfile,
    tools: Iterable[Tool],
    clock: Clock,
    ledger: EffectLedger | None = None,
    captured: CapturedValues | None = None,
) -> PlannedAgent:
    """An agent for one profile that remembers its effects in `ledger`, a fresh one without."""
    registry, kept = ToolRegistry(tools), ledger or MemoryLedger()
    committer = Committer(kept, registry, clock)
    return PlannedAgent(
        AgentParts(
            profiles=LoadedProfiles(profile),
            tools=registry,
            ledger=kept,
            committer=committer,
            clock=clock,
            captured=captured if captured is not None else CapturedValues(),
        )
    )
