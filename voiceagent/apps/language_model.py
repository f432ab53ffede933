"""The language model and the MCP servers that the settings name, for the background process.

Both are extras, so their modules are imported when they are asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog

from voiceagent.background.agent import PlannedAgent
from voiceagent.background.agent_parts import AgentParts
from voiceagent.background.language_model.agent import ModelAgent, ModelLimits
from voiceagent.background.language_model.choice import ChosenAgent
from voiceagent.background.language_model.contract import ModelChoice
from voiceagent.background.tools import Tool
from voiceagent.config.agent_settings import AgentSettings, mcp_environment, mcp_token, model_key
from voiceagent.conversation.profile import AgentProfile
from voiceagent.core.errors import ConfigError, UpstreamUnavailable

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from voiceagent.background.mcp_tools.server import McpServer

_log = structlog.get_logger(__name__)
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
    settings: AgentSettings, planned: PlannedAgent, parts: AgentParts, traces: "TracerProvider | None" = None
) -> AsyncIterator[PlannedAgent | ChosenAgent]:
    """The planned agent, with a model beside it when the settings name one. Raises ConfigError.

    traces: where each request to the model becomes a span.
    """
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
    async with open_model(choice, traces) as model:
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


@asynccontextmanager
async def running_servers(servers: "Sequence[McpServer]") -> AsyncIterator[None]:
    """Keep their connections until whatever is inside has ended: a commit that has begun still needs them."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(server.run()) for server in servers]
        yield
        for one in running:
            one.cancel()


async def tools_of(servers: "Sequence[McpServer]", profiles: Iterable[AgentProfile]) -> list[Tool]:
    """Of all servers, asked at once. Raises UpstreamUnavailable for one that is away, if a profile names its tools."""
    wanted = {name for profile in profiles for name in _tools_named_by(profile)}
    return [tool for offered in await asyncio.gather(*(_tools_of(one, wanted) for one in servers)) for tool in offered]


async def _tools_of(server: "McpServer", wanted: Collection[str]) -> Sequence[Tool]:
    try:
        return await server.tools()
    except UpstreamUnavailable as error:
        if any(name.startswith(f"{server.name}.") for name in wanted):
            raise
        _log.error("mcp server is away: its tools are there after a restart", server=server.name, error=str(error))
        return ()


def _tools_named_by(profile: AgentProfile) -> Iterator[str]:
    yield from (intent.tool for intent in profile.intents if intent.tool)
    yield from profile.agent.tools if profile.agent else ()


def _require(module: str, wanted_by: str) -> None:
    if find_spec(module) is None:
        raise ConfigError(f"{wanted_by} needs a package that is not installed: {INSTALL}")
