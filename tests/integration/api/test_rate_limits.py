"""How often the API may be asked, and what it says then."""

from dataclasses import replace

import httpx
import pytest

from tests.integration.api.house import STRANGER, TENANT
from voiceagent.api.app import create_app
from voiceagent.api.rate_limits import USUAL, Limits
from voiceagent.control.connection import RedisConnection
from voiceagent.control.rate_limits import RateLimit

NARROW = Limits(
    address=RateLimit(per_s=0.01, size=12), key=RateLimit(per_s=0.01, size=4), failures=RateLimit(per_s=0.01, size=3)
)
WRONG = {"Authorization": "Bearer va_live_wrong"}


@pytest.fixture
def asked(house, redis):
    """Asks an API with narrow limits; from an address of one's choice."""

    def app_with(connection: RedisConnection):
        return create_app(replace(house.parts, redis=connection, limits=NARROW))

    app = app_with(redis)

    async def ask(headers, address: str = "192.0.2.1", times: int = 1, over=None) -> list[httpx.Response]:
        transport = httpx.ASGITransport(app_with(over) if over else app, client=(address, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return [await client.get("/v1/calls", headers=headers) for _ in range(times)]

    return ask


async def test_a_key_that_asks_too_often_is_told_when_to_come_back(house, asked):
    *within, beyond = await asked(house.bearer(), times=5)
    (other,) = await asked(house.bearer(STRANGER))

    assert [answer.status_code for answer in within] == [200] * 4
    assert (beyond.status_code, beyond.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(beyond.headers["Retry-After"]) <= 100
    assert beyond.headers["Content-Type"] == "application/problem+json"
    assert other.status_code == 200


async def test_every_answer_says_what_is_left(house, asked):
    first, second = await asked(house.bearer(), times=2)

    assert first.headers["RateLimit-Policy"] == '"key";q=4;w=400'
    assert (first.headers["RateLimit"], second.headers["RateLimit"]) == ('"key";r=3;t=100', '"key";r=2;t=200')


async def test_wrong_keys_are_refused_sooner_and_keep_no_good_key_out(house, asked):
    await asked(house.bearer())  # is known to be good
    wrong = await asked(WRONG, times=5)
    (good,) = await asked(house.bearer())
    (elsewhere,) = await asked(WRONG, address="192.0.2.2")

    assert [answer.status_code for answer in wrong] == [401, 401, 401, 429, 429]
    assert good.status_code == 200
    assert elsewhere.status_code == 401


async def test_an_address_with_many_keys_is_limited_too(house, asked):
    for tenant in (TENANT, STRANGER):
        await asked(house.bearer(tenant), times=4)
    answers = await asked({}, times=5)

    assert {answer.status_code for answer in answers[-2:]} == {429}


async def test_the_addresses_of_one_ipv6_network_count_as_one(asked):
    await asked(WRONG, address="2001:db8::1", times=3)
    (beside,) = await asked(WRONG, address="2001:db8::ffff:2")
    (elsewhere,) = await asked(WRONG, address="2001:db8:0:1::1")

    assert (beside.status_code, elsewhere.status_code) == (429, 401)


async def test_without_redis_nothing_is_limited_and_keys_are_still_needed(house, asked):
    away = RedisConnection("redis://127.0.0.1:1/0")

    answers = await asked(house.bearer(), times=8, over=away)
    nobody = await asked(WRONG, times=5, over=away)
    await away.close()

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.status_code for answer in nobody} == {401}
    assert "RateLimit" not in answers[0].headers


async def test_the_document_tells_of_it(house):
    operations = [
        (path, operation)
        for path, entry in house.app.openapi()["paths"].items()
        for operation in entry.values()
        if path.startswith("/v1/")
    ]

    assert [path for path, operation in operations if "429" not in operation["responses"]] == []


def test_the_usual_limits_are_strictest_for_wrong_keys():
    usual = USUAL

    assert usual.failures.size < usual.key.size < usual.address.size
    assert usual.failures.per_s < usual.key.per_s
