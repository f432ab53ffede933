"""What the shared foundation does on the wire, whichever the vendor."""

import asyncio
import gzip

import pytest

from voiceagent.core.errors import BadInput, UpstreamUnavailable
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.crm_faults import QUICK
from voiceagent.testing.vendors.rest import RestServer
from voiceagent.testing.vendors.server import answers, hangs
from voiceagent_integrations.http.credentials import FixedHeader, OAuthToken
from voiceagent_integrations.http.exchange import Surroundings, open_api
from voiceagent_integrations.http.grants import ClientCredentials, JwtBearer, RefreshToken
from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.message import Ask
from voiceagent_integrations.settings import Secret

FIND = Ask(what="find a contact", method="GET", path="/contacts", params={"phone": "+1"}, repeatable=True)


@pytest.fixture
def server(host):
    running = host.put(RestServer())
    running.tokens.add("good")
    return running


def api(server, credentials=None, around=None, **limits):
    return open_api(
        vendor="Acme",
        base_url=server.url,
        limits=HttpSettings(**{**QUICK, **limits}),
        credentials=credentials or FixedHeader.bearer(Secret("good"), "token"),
        error_code=lambda _: "",
        around=around,
    )


async def test_a_packed_answer_is_refused(server):
    packed = gzip.compress(b'{"items": []}')
    server.faults.append(answers(200, packed, headers={"content-encoding": "gzip"}))

    async with api(server) as acme:
        with pytest.raises(UpstreamUnavailable, match="packed"):
            await acme.begin().send(FIND)


async def test_no_proxy_of_the_environment_sees_customers(server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async with api(server) as acme:
        assert (await acme.begin().send(FIND)).status == 200


async def test_text_that_cannot_be_sent_is_said(server):
    async with api(server) as acme:
        with pytest.raises(BadInput, match="surrogate"):
            await acme.begin().send(Ask(what="x", method="GET", path="/contacts", params={"phone": "\ud800"}))


async def test_one_budget_is_for_all_requests_together(server):
    server.faults.extend([hangs(0.2), hangs(0.2), hangs(0.2)])

    async with api(server, budget_s=0.3, attempt_s=0.2) as acme:
        exchange = acme.begin()
        with pytest.raises(UpstreamUnavailable):
            await exchange.send(FIND)
        with pytest.raises(UpstreamUnavailable):
            await exchange.send(FIND)

    assert len(server.asked()) <= 2


async def test_the_client_side_limit_waits_and_then_refuses(server):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    around = Surroundings(clock=ManualClock(), dice=lambda: 0.5, sleep=sleep)
    async with api(server, around=around, requests_per_s=1, burst=1, budget_s=2.5) as acme:
        for _ in range(3):
            await acme.begin().send(FIND)
        with pytest.raises(UpstreamUnavailable, match="requests_per_s"):
            await acme.begin().send(FIND)

    assert waits == [1, 2]


async def test_busy_connections_of_ours_do_not_open_the_breaker(server):
    asked = 8
    server.faults.extend([hangs(2)] * asked)
    limits = {"max_connections": 1, "attempt_s": 0.3, "budget_s": 0.3, "breaker_failures": 4}

    async with api(server, **limits) as acme:
        ended = await asyncio.gather(*(acme.begin().send(FIND) for _ in range(asked)), return_exceptions=True)
        gone = acme.given_up

    assert [type(one) for one in ended] == [UpstreamUnavailable] * asked
    assert not gone  # one was sent; the others waited for its connection until their time was over


async def test_a_token_ends_before_its_time_is_over(server):
    clock = ManualClock()
    token = OAuthToken(ClientCredentials("client-1", Secret("s3cret-rest")), "/oauth/token", clock=clock)

    async with api(server, credentials=token) as acme:
        await acme.begin().send(FIND)
        clock.advance(560)  # of 600 s
        await acme.begin().send(FIND)
        before = server.tokens_issued
        clock.advance(15)
        await acme.begin().send(FIND)

    assert (before, server.tokens_issued) == (1, 2)


def test_a_changed_refresh_token_is_used_next():
    grant = RefreshToken("id", Secret("secret"), Secret("first"))

    grant.learn({"refresh_token": "second"})
    grant.learn({})

    assert grant.form()["refresh_token"] == "second"


def test_secrets_are_in_no_repr():
    ask = Ask(what="x", method="POST", path="/t", form=ClientCredentials("id", Secret("s3cret")).form(), json="s3cret")
    header = FixedHeader.basic("user", Secret("s3cret"), "password")

    assert "s3cret" not in f"{ask!r} {header!r} {vars(header)!r}"
    assert JwtBearer.settings == ("client_id", "username", "private_key")
