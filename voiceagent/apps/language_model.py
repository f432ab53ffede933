"""The language model and the MCP servers that the settings name, for the background process.

Both are extras, so their modules are imported when they are asked for.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from voiceagent.background.agent import PlannedAgent
from voiceagent.background.language_model.agent import AgentParts, ModelAgent, ModelLimits
from voiceagent.background.language_model.choice import ChosenAgent
from voiceagent.background.language_model.contract import ModelChoice
from voiceagent.config.agent_settings import AgentSettings, mcp_environment, mcp_token, model_key
from voiceagent.core.errors import ConfigError

if TYPE_CHECKING:
    from voiceagent.background.mcp_tools.server import McpServer

INSTALL = "pip install 'voiceagent[llm]'"


def check_agent(settings: AgentSettings) -> None:
    """Make sure that what the settings name is installed and has its keys. Raises ConfigError."""
    if settings.model:
        _require("pydantic_ai", f"agent.model {settings.model}")
        model_key(settings)
    if settings.mcp:
        _require("mcp", "agent.mcp")
    for server in settings.mcp:
        mcp_token(server)
        mcp_environment(server)


@asynccontextmanager
async def chosen_agent(
    settings: AgentSettings, planned: PlannedAgent, parts: AgentParts
) -> AsyncIterator[PlannedAgent | ChosenAgent]:
    """The planned agent, with a model beside it when the settings name one. Raises ConfigError."""
    check_agent(settings)
    if not settings.model:
        yield planned
        return
    from voiceagent.background.language_model.pydantic_ai_model import open_model

    choice = ModelChoice(
        model=settings.model,
        api_key=model_key(settings),
        base_url=settings.base_url,
        request_seconds=settings.request_seconds,
        answer_tokens=settings.answer_tokens,
    )
    limits = ModelLimits(turns=settings.turns, wishes=settings.wishes, tokens=settings.tokens, seconds=settings.seconds)
    async with open_model(choice) as model:
        yield ChosenAgent(parts.profiles, planned, ModelAgent(model, parts, limits=limits))


def mcp_servers(settings: AgentSettings) -> "list[McpServer]":
    """One for each that the settings name, not yet running. Raises ConfigError."""
    check_agent(settings)
    if not settings.mcp:
        return []
    from voiceagent.background.mcp_tools.server import McpServer, McpServerOptions

    return [
        McpServer(
            McpServerOptions(
                name=one.name,
                command=one.command,
                environment=mcp_environment(one),
                url=one.url,
                token=mcp_token(one),
                reads=frozenset(one.reads),
                timeout_s=one.timeout_s,
            )
        )
        for one in settings.mcp
    ]


def _require(module: str, wanted_by: str) -> None:
    if find_spec(module) is None:
        raise ConfigError(f"{wanted_by} needs a package that is not installed: {INSTALL}")
