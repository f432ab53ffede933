"""The one door to MCP: a connection to a server, kept, and made again when it breaks."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
import structlog
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import (
    CONNECTION_CLOSED,
    INVALID_REQUEST,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    TextContent,
    Tool as McpDefinition,
)

from voiceagent.background.mcp_tools.definition import McpTool, mcp_tool, tool_name
from voiceagent.background.tool_results import clean_text
from voiceagent.core.errors import BadInput, ConfigError, NothingSent, UpstreamUnavailable

_log = structlog.get_logger(__name__)
_FIRST_S: Final = 15.0  # to start a command and hear of its tools
_AGAIN_S: Final = 2.0
_MOST_TOOLS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServerOptions:
    """Either a `command` or a `url`. `token` is sent as a bearer token; `environment` is all that a command is given
    beside what every program needs. `reads` are tools, by the server's names, that change nothing."""

    name: str
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    url: str = ""
    token: str = field(default="", repr=False)
    reads: frozenset[str] = frozenset()
    timeout_s: float = 5.0


class McpServer:
    """One server. `run` keeps the connection; tools called while there is none are told so."""

    def __init__(self, options: McpServerOptions) -> None:
        self._options = options
        self._client: Client | None = None
        self._broken = asyncio.Event()
        self._tools: asyncio.Future[tuple[McpTool, ...]] = asyncio.get_running_loop().create_future()

    @property
    def name(self) -> str:
        """What the names of its tools begin with."""
        return self._options.name

    async def tools(self) -> tuple[McpTool, ...]:
        """What the server offered first; later offers change nothing. Raises UpstreamUnavailable."""
        try:
            async with asyncio.timeout(_FIRST_S):
                return await asyncio.shield(self._tools)
        except TimeoutError as error:
            raise UpstreamUnavailable(f"MCP server {self._options.name} does not answer: {self._remedy}") from error

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_FIRST_S) as limit, self._connected() as client:
                    await self._offer(client)
                    limit.reschedule(None)
                    self._client = client
                    await self._broken.wait()
                    limit.reschedule(asyncio.get_running_loop().time() + _FIRST_S)  # to close it
            except Exception as error:  # noqa: BLE001 - whatever a stranger's server does, it is asked again
                _log.warning("mcp server lost", server=self._options.name, reason=type(error).__name__)
            finally:
                self._client = None
                self._broken.clear()
            await asyncio.sleep(_AGAIN_S)

    async def _offer(self, client: Client) -> None:
        listed = (await client.list_tools()).tools[
            :_MOST_TOOLS
        ]  # each time: the session keeps what is sent with a call
        if not self._tools.done():
            self._tools.set_result(tuple(self._understood(listed)))

    def _understood(self, listed: Sequence[McpDefinition]) -> Iterator[McpTool]:
        """One that cannot be a tool is left out: a profile that names it is told so at start."""
        names = Counter(tool_name(self.name, one.name) for one in listed)
        for one in listed:
            name = tool_name(self.name, one.name)
            if names[name] > 1:
                _log.warning("mcp tool left out", tool=name, reason="the server has others of nearly the same name")
                continue
            try:
                yield self._tool(one)
            except ConfigError as error:
                _log.warning("mcp tool left out", tool=name, reason=clean_text(str(error)))

    def _tool(self, definition: McpDefinition) -> McpTool:
        async def call(arguments: dict[str, Any]) -> Mapping[str, Any]:
            return await self._call(definition.name, arguments)

        return mcp_tool(
            tool_name(self._options.name, definition.name),
            definition.description or "",
            definition.input_schema,
            reads=definition.name in self._options.reads,
            timeout_s=self._options.timeout_s,
            call=call,
        )

    async def _call(self, name: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        """Raises BadInput for a read that failed, NothingSent, UpstreamUnavailable where it may have happened."""
        client = self._client
        if client is None:
            raise NothingSent(f"MCP server {self._options.name} is away: {self._remedy}")
        try:
            # Not `call_tool`, which checks answers by the server's own schema: a pattern in it could hold up every call
            result = await client.session.send_request(
                CallToolRequest(params=CallToolRequestParams(name=name, arguments=arguments)),
                CallToolResult,
                request_read_timeout_seconds=self._options.timeout_s,
            )
        except (MCPError, OSError, RuntimeError, ValueError, httpx2.HTTPError) as error:
            if self._is_lost(error):
                self._broken.set()
            raise UpstreamUnavailable(f"MCP server {self._options.name} broke off: {type(error).__name__}") from error
        if result.is_error:
            said = f"{name} of MCP server {self._options.name} failed: {_text(result)}"
            # A read that failed is over; after anything else nobody can tell what has happened
            raise BadInput(said) if name in self._options.reads else UpstreamUnavailable(said)
        content = result.structured_content
        return content if isinstance(content, Mapping) else {"text": _text(result)}

    def _is_lost(self, error: Exception) -> bool:
        """Whether the connection is. A tool that is slow, or answers nonsense, breaks nothing for others."""
        if isinstance(error, MCPError):
            forgotten = error.code == INVALID_REQUEST and bool(self._options.url)  # a server that knows no such session
            return error.code == CONNECTION_CLOSED or forgotten
        return isinstance(error, OSError | httpx2.HTTPError)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        options = self._options
        if options.command:
            program, *arguments = options.command
            command = StdioServerParameters(command=program, args=arguments, env=options.environment)
            async with Client(command) as client:
                yield client
            return
        headers = {"Authorization": f"Bearer {options.token}"} if options.token else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=options.timeout_s, trust_env=False) as http,
            Client(streamable_http_client(options.url, http_client=http)) as client,
        ):
            yield client

    @property
    def _remedy(self) -> str:
        return "look at agent.mcp in the settings, and at the server itself"


def _text(result: CallToolResult) -> str:
    return " ".join(part.text for part in result.content if isinstance(part, TextContent))
