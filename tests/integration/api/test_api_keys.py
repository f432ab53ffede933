"""Keys through the API: what may be made with which, and that there is always a way back in."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from tests.integration.api.house import STRANGER, TENANT, House
from voiceagent.core.ids import TenantId
from voiceagent.records.key_rules import ALL_SCOPES, KEYS_WRITE
from voiceagent.records.secrets import hash_api_key


async def make(house: House, *scopes: str, **more: object) -> str:
    """A new key of the tenant, made with its first."""
    made = await house.post("/v1/api-keys", {"name": "probe", "scopes": list(scopes), **more})
    assert made.status_code == 201, made.text
    return made.json()["key"]


async def with_key(house: House, key: str, method: str, path: str, body: object = None):
    return await house.client.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})


async def ids(house: House, tenant: TenantId = TENANT) -> list[str]:
    return [key["id"] for key in (await house.get("/v1/api-keys", tenant)).json()["items"]]


async def test_a_key_is_shown_once_and_opens_what_it_says(house):
    made = await house.post("/v1/api-keys", {"name": "crm", "scopes": ["calls:read"], "days": 30})
    key = made.json()["key"]
    listed = await house.get("/v1/api-keys")
    async with house.records.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT to_jsonb(k)::text FROM api_keys k"))).scalars().all()

    assert made.json()["prefix"] == key[:16]
    assert (await with_key(house, key, "GET", "/v1/calls")).status_code == 200
    assert (await with_key(house, key, "GET", "/v1/jobs")).status_code == 403
    assert listed.json()["items"][-1]["name"] == "crm"
    assert key not in listed.text
    assert [row for row in rows if key.split("_", 3)[3] in row] == []
    assert [row for row in rows if hash_api_key(key) in row] != []


async def test_a_key_lives_a_year_at_most(house):
    made = (await house.post("/v1/api-keys", {"name": "a", "scopes": ["calls:read"]})).json()
    longer = await house.post("/v1/api-keys", {"name": "a", "scopes": ["calls:read"], "days": 366})

    assert made["expires_at"][:4] == str(int(made["created_at"][:4]) + 1)
    assert longer.status_code == 400


async def test_nobody_makes_a_key_that_opens_more_than_their_own(house):
    narrow = await make(house, KEYS_WRITE, "calls:read")

    beyond = await with_key(house, narrow, "POST", "/v1/api-keys", {"name": "x", "scopes": ["recordings:read"]})
    within = await with_key(house, narrow, "POST", "/v1/api-keys", {"name": "x", "scopes": ["calls:read"]})

    assert (beyond.status_code, within.status_code) == (403, 201)
    assert "recordings:read" in beyond.json()["detail"]
    assert "voiceagent keys create" in beyond.json()["detail"]


async def test_an_unknown_scope_is_told_with_those_that_there_are(house):
    wrong = await house.post("/v1/api-keys", {"name": "x", "scopes": ["calls:reed"]})

    assert wrong.status_code == 400
    assert "calls:reed" in wrong.json()["detail"]
    assert all(scope in wrong.json()["detail"] for scope in ALL_SCOPES)


async def test_a_revoked_key_opens_nothing_any_more(house):
    key = await make(house, "calls:read")
    _first, made = await ids(house)

    revoked = await house.client.delete(f"/v1/api-keys/{made}", headers=house.bearer())
    again = await house.client.delete(f"/v1/api-keys/{made}", headers=house.bearer())

    assert (revoked.status_code, again.status_code, revoked.text) == (204, 204, "")
    assert (await with_key(house, key, "GET", "/v1/calls")).status_code == 401
    assert (await house.get("/v1/calls")).status_code == 200


async def test_the_last_key_that_can_make_keys_is_not_revoked(house):
    await make(house, "calls:read")
    first, _ = await ids(house)

    refused = await house.client.delete(f"/v1/api-keys/{first}", headers=house.bearer())
    heir = await make(house, KEYS_WRITE)
    revoked = await with_key(house, heir, "DELETE", f"/v1/api-keys/{first}")

    assert refused.status_code == 409
    assert "voiceagent keys revoke" in refused.json()["detail"]
    assert revoked.status_code == 204


async def test_of_two_who_revoke_each_other_at_once_one_stays(house):
    one, other = await make(house, KEYS_WRITE), await make(house, KEYS_WRITE)
    first, of_one, of_other = await ids(house)
    await with_key(house, one, "DELETE", f"/v1/api-keys/{first}")

    answers = await asyncio.gather(
        with_key(house, one, "DELETE", f"/v1/api-keys/{of_other}"),
        with_key(house, other, "DELETE", f"/v1/api-keys/{of_one}"),
    )
    left = [
        await with_key(house, key, "POST", "/v1/api-keys", {"name": "x", "scopes": [KEYS_WRITE]})
        for key in (one, other)
    ]

    assert min(answer.status_code for answer in answers) == 204
    assert sorted(answer.status_code for answer in left) == [201, 401]


async def test_keys_are_listed_page_by_page(house):
    for _ in range(3):
        await make(house, "calls:read")

    pages, cursor = [], ""
    while cursor is not None:
        page = (await house.get(f"/v1/api-keys?limit=2&cursor={cursor}")).json()
        pages.append([key["id"] for key in page["items"]])
        cursor = page["next_cursor"]

    assert [len(page) for page in pages] == [2, 2]
    assert [key for page in pages for key in page] == await ids(house)


@pytest.mark.parametrize("cursor", ["%FF", "!!", "gICA", "a"])
async def test_a_made_up_cursor_is_refused(house, cursor):
    assert (await house.get(f"/v1/api-keys?cursor={cursor}")).status_code == 400


async def test_the_last_use_is_noted_once_for_many_requests(house):
    for _ in range(3):
        await house.get("/v1/calls")
    async with house.records.engine.connect() as connection:
        changed = text("SELECT xmin::text, last_used_at IS NOT NULL AS used FROM api_keys WHERE tenant_id = :tenant")
        before = (await connection.execute(changed, {"tenant": TENANT})).one()
        await house.get("/v1/calls")
        after = (await connection.execute(changed, {"tenant": TENANT})).one()
        unused = (await connection.execute(changed, {"tenant": STRANGER})).one()

    assert before == after
    assert (before.used, unused.used) == (True, False)


async def test_T_SEC_4_a_key_that_is_for_one_network_exports_nothing_from_another(house):
    key = await make(house, "exports:read", "exports:raw", KEYS_WRITE, networks=["192.0.2.0/24"])
    body = {"kind": "litigation", "purpose": "a case", "filter": {"everything": True}}
    office = httpx.ASGITransport(house.app, client=("192.0.2.7", 1))
    headers = {"Authorization": f"Bearer {key}"}
    once = {**headers, "Idempotency-Key": "once"}

    stolen = await house.client.post("/v1/exports", json=body, headers=once)
    async with httpx.AsyncClient(transport=office, base_url="http://api") as client:
        used = await client.post("/v1/exports", json=body, headers=once)
        heir = await client.post("/v1/api-keys", json={"name": "x", "scopes": [KEYS_WRITE]}, headers=headers)
    repeated = await house.client.post("/v1/exports", json=body, headers=once)
    refused = (await house.get("/v1/audit-events?action=auth.refused")).json()["items"]

    assert (stolen.status_code, used.status_code, repeated.status_code) == (403, 202, 403)
    assert "not for the address" in stolen.json()["detail"]
    assert heir.json()["networks"] == ["192.0.2.0/24"], "no way out over another key"
    assert {one["reason"] for one in refused} == {"network"}
