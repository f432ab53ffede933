import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from tests.integration.api.house import STRANGER, TENANT, House
from voiceagent.api.idempotency import Idempotency
from voiceagent.control.connection import RedisConnection
from voiceagent.control.idempotency import IdempotencyClaims
from voiceagent.core.ids import TenantId

HOOK = {"url": "https://hooks.example.com/voice", "event_types": ["call.ended"]}
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


async def nobody_asks(_key: str) -> None:
    raise AssertionError


async def add(house: House, key: str = KEY, tenant: TenantId = TENANT, **changed: object) -> httpx.Response:
    headers = {**house.bearer(tenant), "Idempotency-Key": key}
    return await house.client.post("/v1/webhooks", json={**HOOK, **changed}, headers=headers)


async def held(house: House, tenant: TenantId = TENANT) -> int:
    return len((await house.get("/v1/webhooks", tenant)).json()["items"])


async def test_a_request_that_is_sent_again_is_carried_out_once_and_answered_the_same(house: House) -> None:
    first, again = await add(house), await add(house)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert first.headers["x-request-id"] != again.headers["x-request-id"]
    assert await held(house) == 1


async def test_many_at_once_are_carried_out_once(house: House) -> None:
    answers = await asyncio.gather(*[add(house) for _ in range(8)])

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert await held(house) == 1


async def test_another_request_under_the_same_key_is_refused(house: House) -> None:
    await add(house)

    other = await add(house, description="another one")

    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert "use a new one" in other.json()["detail"]
    assert await held(house) == 1


async def test_keys_of_different_callers_do_not_meet(house: House) -> None:
    first, theirs = await add(house), await add(house, tenant=STRANGER)

    assert theirs.json()["id"] != first.json()["id"]
    assert (await held(house), await held(house, STRANGER)) == (1, 1)


async def test_a_refusal_is_repeated_too(house: House) -> None:
    first, again = await add(house, url="nowhere"), await add(house, url="nowhere")

    assert (first.status_code, again.status_code) == (400, 400)
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_wrong_api_key_leaves_nothing_behind(house: House) -> None:
    headers = {"Authorization": "Bearer va_live_wrong", "Idempotency-Key": KEY}

    refused = await house.client.post("/v1/webhooks", json=HOOK, headers=headers)

    assert refused.status_code == 401
    assert await house.redis.client.keys("va:once:*") == []


async def test_a_secret_in_an_answer_is_not_readable_where_it_is_kept(house: House) -> None:
    made = (await add(house)).json()

    (name,) = await house.redis.client.keys("va:once:*")
    kept = await house.redis.client.hgetall(name)

    assert made["secret"].encode() not in b"".join(kept.values())
    assert 86_000 < await house.redis.client.ttl(name) <= 86_400


async def test_a_key_that_was_revoked_gets_no_answer_of_before(house: House) -> None:
    await add(house)
    async with house.records.unit_of_work(TENANT) as work:
        for key in await work.api_keys.list():
            await work.api_keys.revoke(key.id, datetime.now(UTC))
        await work.commit()

    refused = await add(house)

    assert refused.status_code == 401
    assert "secret" not in refused.text


@pytest.mark.parametrize("key", ["", "a b", "ü", "k" * 256])
async def test_a_malformed_key_is_refused(house: House, key: str) -> None:
    headers = [*house.bearer().items(), ("Idempotency-Key", key.encode())]

    refused = await house.client.post("/v1/webhooks", json=HOOK, headers=headers)

    assert refused.status_code == 400
    assert "Idempotency-Key" in refused.json()["detail"]


async def test_a_body_that_is_too_large_is_still_refused_as_that(house: House) -> None:
    refused = await add(house, description="a" * 100_000)

    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert refused.headers["content-type"] == "application/problem+json"


async def test_while_redis_is_away_a_request_with_a_key_is_not_carried_out(house: House) -> None:
    nowhere = RedisConnection("redis://127.0.0.1:1/0")
    guarded = Idempotency(house.app, IdempotencyClaims(nowhere), nobody_asks)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guarded), base_url="http://api") as client:
        refused = await client.post("/v1/webhooks", json=HOOK, headers={**house.bearer(), "Idempotency-Key": KEY})
        without = await client.post("/v1/webhooks", json=HOOK, headers=house.bearer())
    await nowhere.close()

    assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
    assert without.status_code == 201
    assert await held(house) == 1
