"""Traces of delegations, for the background process. An extra, so its modules are imported when they are asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from voiceagent.config.agent_settings import AgentSettings, traces_token
from voiceagent.core.errors import ConfigError
from voiceagent.session.ports import BackgroundAgent

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

INSTALL: Final = "pip install 'voiceagent[otel]'"
_PACKAGE: Final = "opentelemetry.exporter.otlp.proto.http"


@asynccontextmanager
async def opened_traces(settings: AgentSettings) -> "AsyncIterator[TracerProvider | None]":
    """Where to make spans that go to `traces_url`; None without one. Raises ConfigError."""
    check_traces(settings)
    if not settings.traces_url:
        yield None
        return
    from voiceagent.background.traces.exporting import open_traces

    async with open_traces(settings.traces_url, traces_token(settings)) as provider:
        yield provider


def traced(agent: BackgroundAgent, traces: "TracerProvider | None") -> BackgroundAgent:
    """The agent, with a span for each delegation where traces are wanted."""
    if traces is None:
        return agent
    from voiceagent.background.traces.agent import TracedAgent

    return TracedAgent(agent, traces.get_tracer("voiceagent.background"))


def check_traces(settings: AgentSettings) -> None:
    """Make sure that what sends them is installed and has its token. Raises ConfigError."""
    if settings.traces_url and not _installed():
        raise ConfigError(f"agent.traces_url needs a package that is not installed: {INSTALL}")
    traces_token(settings)


def _installed() -> bool:
    try:
        return find_spec(_PACKAGE) is not None
    except ModuleNotFoundError:  # not even the packages that it would lie in
        return False
