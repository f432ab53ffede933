"""The delegation protocol over a real server: updates arrive one by one, leaving stops the work, death is noticed."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from voiceagent.background.client import ClientOptions, HttpBackgroundAgent
from voiceagent.background.service import ServiceOptions, create_app
from voiceagent.conversation.delegation import Commentary, DelegationPackage, WorkDone
from voiceagent.core.errors import UpstreamUnavailable
from voiceagent.core.ids import CallId, DelegationId, TenantId

PACKAGE = DelegationPackage(
    delegation_id=DelegationId("del_1"),
    call_id=CallId("call_1"),
    tenant_id=TenantId("ten_1"),
    profile="orders",
    profile_version=1,
    caller="anna",
    intent="order_status",
)


class Gated:
    """Says something, then works until the gate opens."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.stopped = asyncio.Event()
        self.asked = []

    async def run(self, _package):
        try:
            yield Commentary(text="working")
            await self.gate.wait()
            yield WorkDone(outcome="ok")
        finally:
            self.stopped.set()

    async def stop(self, delegation_id):
        self.asked.append(delegation_id)
        self.gate.set()


@asynccontextmanager
async def served(agent) -> AsyncIterator[tuple[HttpBackgroundAgent, uvicorn.Server]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        app = create_app(agent, ServiceOptions(token="t0ken"))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[listener]))
            options = ClientOptions(url=f"http://127.0.0.1:{port}", token="t0ken", read_timeout_s=5)
            async with HttpBackgroundAgent(options) as client:
                yield client, server
            server.should_exit = True


async def test_an_update_arrives_while_the_work_goes_on():
    agent = Gated()

    async with served(agent) as (client, _server):
        updates = client.run(PACKAGE)
        first = await anext(updates)
        stopped_early = agent.stopped.is_set()
        agent.gate.set()
        rest = [update async for update in updates]

    assert first == Commentary(text="working")
    assert not stopped_early
    assert rest == [WorkDone(outcome="ok")]


async def test_leaving_stops_the_work_on_the_other_side():
    agent = Gated()

    async with served(agent) as (client, _server):
        updates = client.run(PACKAGE)
        await anext(updates)
        await updates.aclose()
        async with asyncio.timeout(5):
            await agent.stopped.wait()

    assert not agent.gate.is_set()


async def test_who_is_asked_to_stop_still_tells_its_end_in_its_own_stream():
    agent = Gated()

    async with served(agent) as (client, _server):
        updates = client.run(PACKAGE)
        await anext(updates)
        await client.stop(PACKAGE.delegation_id)
        rest = [update async for update in updates]

    assert agent.asked == [PACKAGE.delegation_id]
    assert rest == [WorkDone(outcome="ok")]


async def test_a_server_that_goes_away_in_mid_work_is_unreachable():
    async with served(Gated()) as (client, server):
        updates = client.run(PACKAGE)
        await anext(updates)
        server.should_exit = server.force_exit = True
        with pytest.raises(UpstreamUnavailable):
            await anext(updates)


async def test_nobody_listening_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async with HttpBackgroundAgent(ClientOptions(url=f"http://127.0.0.1:{port}", token="t0ken")) as client:
        with pytest.raises(UpstreamUnavailable, match="ConnectError"):
            await anext(client.run(PACKAGE))
