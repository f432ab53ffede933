"""The service and its client, joined in memory: limits, refusals, and how failures look from the gateway."""

import asyncio
import dataclasses

import httpx
import pytest

from voiceagent.background.client import ClientOptions, HttpBackgroundAgent
from voiceagent.background.service import DelegationDesk, ServiceOptions, create_app
from voiceagent.background.wire import decode_update, encode_package, encode_update
from voiceagent.conversation.delegation import Commentary, Line, WorkDone
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.errors import ConfigError, UpstreamUnavailable

OPTIONS = ServiceOptions(token="t0ken", max_body_bytes=4096, deadline_s=5)


class Scripted:
    """A background agent that says what it was told to say."""

    def __init__(self, *updates):
        self._updates = updates
        self.packages = []
        self.stopped = []

    async def stop(self, delegation_id):
        self.stopped.append(delegation_id)

    async def hand_over(self, delegation_id, captured):
        self.captured = (delegation_id, {slot: secret.reveal() for slot, secret in captured.items()})

    async def run(self, package):
        self.packages.append(package)
        for update in self._updates:
            if isinstance(update, Exception):
                raise update
            if isinstance(update, asyncio.Event):
                await update.wait()
            else:
                yield update


def client_of(app, token=OPTIONS.token):
    return HttpBackgroundAgent(
        ClientOptions(url="http://background", token=token), transport=httpx.ASGITransport(app=app)
    )


def http_of(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://background")


async def updates_of(client, package):
    return [update async for update in client.run(package)]


async def test_updates_arrive_as_they_were_sent(package):
    agent = Scripted(Commentary(text="Grüße"), WorkDone(outcome="ok"))
    sent = dataclasses.replace(package(order_number="4217"), conversation=(Line(speaker="caller", text="hello"),))

    async with client_of(create_app(agent, OPTIONS)) as client:
        received = await updates_of(client, sent)

    assert received == [Commentary(text="Grüße"), WorkDone(outcome="ok")]
    assert agent.packages == [sent]


async def test_an_agent_that_breaks_tells_the_other_side(package):
    app = create_app(Scripted(Commentary(text="a"), RuntimeError("boom")), OPTIONS)

    async with client_of(app) as client:
        received = await updates_of(client, package())

    assert [type(update) for update in received] == [Commentary, WorkDone]
    assert received[-1].outcome == "failed"
    assert "boom" not in received[-1].detail


async def test_a_delegation_past_its_deadline_ends_as_unreachable(package):
    app = create_app(Scripted(asyncio.Event()), dataclasses.replace(OPTIONS, deadline_s=0.01))

    async with client_of(app) as client:
        (done,) = await updates_of(client, package())

    assert done.outcome == "unreachable"


async def test_a_wrong_token_is_refused_and_looks_unreachable_to_the_call(package):
    agent = Scripted(WorkDone(outcome="ok"))

    async with client_of(create_app(agent, OPTIONS), token="guess") as client:
        with pytest.raises(UpstreamUnavailable, match="401"):
            await updates_of(client, package())

    assert agent.packages == []


@pytest.mark.parametrize("header", [None, "t0ken", "Basic t0ken", "Bearer", "Bearer t0ken "], ids=str)
async def test_only_the_exact_bearer_token_opens_the_door(package, header):
    async with http_of(create_app(Scripted(), OPTIONS)) as http:
        headers = {"Authorization": header} if header else {}
        answer = await http.post("/v1/delegations", content=encode_package(package()), headers=headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"{}", 400), (b" " * 4097, 413)], ids=["cut", "empty", "big"]
)
async def test_a_bad_body_is_refused(body, status):
    async with http_of(create_app(Scripted(), OPTIONS)) as http:
        answer = await http.post("/v1/delegations", content=body, headers={"Authorization": "Bearer t0ken"})

    assert answer.status_code == status
    assert answer.json()["status"] == status


async def test_more_delegations_than_places_are_refused_and_places_come_back(package):
    gate = asyncio.Event()
    app = create_app(Scripted(gate, WorkDone(outcome="ok")), dataclasses.replace(OPTIONS, max_delegations=1))

    async with client_of(app) as client, http_of(app) as http:
        first = asyncio.ensure_future(updates_of(client, package()))
        while (await http.get("/healthz")).json()["delegations"] == 0:
            await asyncio.sleep(0)
        with pytest.raises(UpstreamUnavailable, match="503"):
            await updates_of(client, package())
        gate.set()
        assert await first == [WorkDone(outcome="ok")]
        health = (await http.get("/healthz")).json()
        again = await updates_of(client, package())

    assert health == {"status": "ok", "delegations": 0, "refused": 1}
    assert again == [WorkDone(outcome="ok")]


async def test_closing_the_stream_closes_the_agents_iterator(package):
    closed = []

    class Watched:
        async def run(self, package):
            try:
                yield Commentary(text="a")
                yield Commentary(text="b")
            finally:
                closed.append(package.delegation_id)

    lines = DelegationDesk(Watched(), OPTIONS).lines(package())
    first = await anext(lines)
    await lines.aclose()

    assert decode_update(first) == Commentary(text="a")
    assert closed == ["del_1"]


async def test_a_stop_arrives_with_the_id_of_its_delegation_and_no_other():
    agent = Scripted()

    async with client_of(create_app(agent, OPTIONS)) as client:
        await client.stop("del_1")

    assert agent.stopped == ["del_1"]


async def test_a_stop_with_a_wrong_token_stops_nothing():
    agent = Scripted()

    async with client_of(create_app(agent, OPTIONS), token="guess") as client:
        with pytest.raises(UpstreamUnavailable, match="401"):
            await client.stop("del_1")

    assert agent.stopped == []


@pytest.mark.parametrize(
    "body", [b"", encode_update(Commentary(text="a")), b"what?\n"], ids=["nothing", "no end", "junk"]
)
async def test_a_stream_without_an_end_is_unreachable(package, body):
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    client = HttpBackgroundAgent(ClientOptions(url="http://background", token="t"), transport=transport)

    async with client:
        with pytest.raises(UpstreamUnavailable):
            await updates_of(client, package())


async def test_a_process_that_is_not_there_is_unreachable(package):
    def refuse(_request):
        raise httpx.ConnectError("refused")

    transport = httpx.MockTransport(refuse)
    client = HttpBackgroundAgent(ClientOptions(url="http://background", token="t"), transport=transport)

    async with client:
        with pytest.raises(UpstreamUnavailable, match="ConnectError"):
            await updates_of(client, package())
        with pytest.raises(UpstreamUnavailable, match="ConnectError"):
            await client.stop("del_1")


def test_the_service_does_not_start_without_a_token():
    with pytest.raises(ConfigError, match="token"):
        create_app(Scripted(), ServiceOptions(token=""))


async def test_what_was_captured_comes_before_its_delegation():
    agent = Scripted()

    async with client_of(create_app(agent, OPTIONS)) as client:
        await client.hand_over("del_1", {"card": Secret("4111")})

    assert agent.captured == ("del_1", {"card": "4111"})


@pytest.mark.parametrize(
    ("token", "body", "status"),
    [("t0ken", b'{"card": 4111}', 400), ("t0ken", b"x" * 2000, 413), ("other", b'{"card": "4111"}', 401)],
)
async def test_captured_values_are_refused_without_being_quoted(token, body, status):
    async with http_of(create_app(Scripted(), OPTIONS)) as http:
        headers = {"authorization": f"Bearer {token}"}
        answer = await http.put("/v1/delegations/del_1/captured", content=body, headers=headers)

    assert answer.status_code == status
    assert "4111" not in answer.text


async def test_a_process_that_does_not_take_the_values_is_told_without_the_frames_that_hold_them():
    async with client_of(create_app(Scripted(), OPTIONS), token="other") as client:
        with pytest.raises(UpstreamUnavailable):
            await client.hand_over("del_1", {"card": Secret("4111")})
    with pytest.raises(UpstreamUnavailable) as refused:  # the client is closed: httpx itself raises
        await client.hand_over("del_1", {"card": Secret("4111")})

    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
