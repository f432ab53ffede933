"""`voiceagent …` as a shell has it, against the API of a test in this process."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from typer.testing import CliRunner

from tests.integration.api.house import TENANT, House
from voiceagent.cli.main import app as commands

Run = Callable[..., Awaitable[str]]


def command_line(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with the tenant's first key; what it printed. The API, being in this process, logs there, too."""
    loop = asyncio.get_running_loop()

    class InProcess(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked = house.client.request(
                request.method, str(request.url), content=request.read(), headers=dict(request.headers)
            )
            answer = asyncio.run_coroutine_threadsafe(asked, loop).result(20)
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    client = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **named: client(**named, transport=InProcess()))

    async def run(*words: str) -> str:
        key = ["--api", "http://api", "--key", house.keys[TENANT]]
        return str((await asyncio.to_thread(CliRunner().invoke, commands, [*words, *key])).stdout)

    return run
