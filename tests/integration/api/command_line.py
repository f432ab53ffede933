"""`voiceagent …` as a shell has it, against the API of a test in this process."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.integration.api.house import TENANT, House
from voiceagent.cli.main import app as commands

Run = Callable[..., Awaitable[Result]]


class InProcess(httpx.BaseTransport):
    """What a thread of this process asks of a test's API. Make it in the test's own loop."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._loop = asyncio.get_running_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = self._house.client.request(
            request.method, str(request.url), content=request.read(), headers=dict(request.headers)
        )
        answer = asyncio.run_coroutine_threadsafe(asked, self._loop).result(20)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def command_line(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with the tenant's first key. The API, being in this process, logs to its output, too."""
    client, transport = httpx.Client, InProcess(house)
    monkeypatch.setattr(httpx, "Client", lambda **named: client(**named, transport=transport))
    key = ["--api", "http://api", "--key", house.keys[TENANT]]

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, commands, [*words, *key])

    return run
