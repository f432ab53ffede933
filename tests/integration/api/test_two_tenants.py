"""T-SEC-3: every endpoint of the OpenAPI document, asked with the key of another tenant."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.api.house import NOON, STRANGER, TENANT, House
from tests.integration.api.two_tenants import NAMED_BY_WHO_ASKS, Belongings, body_for, move_in, query_for
from voiceagent.core.ids import TenantId
from voiceagent.records.secrets import mint_api_key

OPEN = {"/healthz", "/readyz", "/metrics"}  # for probes: they know nothing of tenants
METHODS = ("get", "put", "post", "patch", "delete")


@pytest.fixture
async def owner(narrow_house: House) -> Belongings:
    return await move_in(narrow_house, TENANT)


@pytest.fixture
async def stranger(narrow_house: House) -> Belongings:
    return await move_in(narrow_house, STRANGER)


def operations(house: House) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of all that needs a key."""
    for path, entry in house.app.openapi()["paths"].items():
        if path not in OPEN:
            for method in METHODS:
                if method in entry:
                    yield method, path, entry[method]


def names_in(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


async def ask(
    house: House, method: str, path: str, operation: dict[str, Any], of: Belongings, by: TenantId
) -> httpx.Response:
    """The operation upon the objects `of` one tenant, `by` the key of one."""
    unknown = set(names_in(path)) - of.ids.keys()
    assert not unknown, f"{path}: tell in two_tenants.move_in what {unknown} is"
    body = body_for(house.app.openapi(), operation, of.mark)
    place = httpx.URL(path.format(**of.ids), params=query_for(house.app.openapi(), operation, of.mark))
    return await house.client.request(method, place, json=body, headers=house.bearer(by))


async def test_T_SEC_3_every_object_of_another_tenant_looks_like_none(narrow_house, owner, stranger):
    for method, path, operation in operations(narrow_house):
        if names_in(path) and not path.startswith(NAMED_BY_WHO_ASKS):
            other = await ask(narrow_house, method, path, operation, owner, STRANGER)

            assert (other.status_code, other.json()["code"]) == (404, "not_found"), f"{method} {path}: {other.text}"
            told = other.json()["detail"]
            assert set(re.findall(r"mark-\w+", told)) <= {owner.mark}, "nothing but the id that was asked for"


async def test_its_owner_finds_each_of_them(narrow_house, owner):
    for method, path, operation in operations(narrow_house):
        if names_in(path) and method == "get":
            own = await ask(narrow_house, method, path, operation, owner, TENANT)

            assert own.status_code == 200, f"{method} {path}: {own.text}"
    for method, path, operation in sorted(operations(narrow_house), key=lambda one: one[0] == "delete"):
        if names_in(path) and method != "get":
            own = await ask(narrow_house, method, path, operation, owner, TENANT)

            assert own.status_code < 500, f"{method} {path}: {own.text}"
            assert own.status_code not in {400, 401, 403, 404}, f"{method} {path}: {own.text}"


async def test_T_SEC_3_no_list_shows_anything_of_another_tenant(narrow_house, owner, stranger):
    lists = [one for one in operations(narrow_house) if not names_in(one[1])]
    for method, path, operation in lists:
        mine = await ask(narrow_house, method, path, operation, owner, TENANT)
        theirs = await ask(narrow_house, method, path, operation, stranger, STRANGER)

        refused = 409 if path == "/v1/outbound/decisions" else 200  # an answer too: the call may not be made
        for answer in (mine, theirs):
            assert answer.status_code < 300 or answer.status_code == refused, f"{method} {path}: {answer.text}"
        assert owner.mark not in theirs.text, f"{method} {path}"
        assert stranger.mark not in mine.text, f"{method} {path}"
    assert {path for _, path, _ in lists} >= {"/v1/calls", "/v1/jobs", "/v1/callbacks", "/v1/api-keys"}


async def test_T_SEC_3_a_page_of_another_tenant_does_not_go_on_from_our_cursor(narrow_house, owner, stranger):
    for number in range(3):
        await narrow_house.write(f"call-{owner.mark}-{number}", *_STARTED, tenant=TENANT)
    cursor = (await narrow_house.get("/v1/calls?limit=1", TENANT)).json()["next_cursor"]

    page = await narrow_house.get(f"/v1/calls?limit=50&cursor={cursor}", STRANGER)

    assert page.status_code == 200
    assert owner.mark not in page.text


async def test_T_SEC_3_tenants_who_take_turns_on_one_connection_see_their_own(narrow_house, owner, stranger):
    async def calls(tenant: TenantId) -> tuple[TenantId, list[str]]:
        page = (await narrow_house.get("/v1/calls", tenant)).json()
        return tenant, [call["id"] for call in page["items"]]

    seen = await asyncio.gather(*(calls(tenant) for _ in range(20) for tenant in (TENANT, STRANGER)))

    own = {TENANT: [owner.ids["call_id"]], STRANGER: [stranger.ids["call_id"]]}
    assert [(tenant, found) for tenant, found in seen if found != own[tenant]] == []


async def test_T_SEC_3_live_events_of_another_tenant_are_not_followed(narrow_house, owner):
    path = f"/v1/calls/{owner.ids['call_id']}/events"
    live = await narrow_house.get(path, STRANGER, accept="text/event-stream")

    assert live.status_code == 404


async def test_nothing_is_told_without_a_key_or_with_one_without_scopes(narrow_house, owner):
    minted = mint_api_key()
    async with narrow_house.records.unit_of_work(TENANT) as work:
        await work.api_keys.add("idle", minted, frozenset(), NOON)
        await work.commit()
    for method, path, operation in operations(narrow_house):
        body = body_for(narrow_house.app.openapi(), operation, owner.mark)
        place = path.format(**owner.ids)
        nobody = await narrow_house.client.request(method, place, json=body)
        idle = await narrow_house.client.request(
            method, place, json=body, headers={"Authorization": f"Bearer {minted.plain}"}
        )

        assert (nobody.status_code, idle.status_code) == (401, 403), f"{method} {path}"
        assert owner.mark not in nobody.text + idle.text


def _started():
    from voiceagent.telephony import events as ev

    return (
        ev.CallStarted(
            direction="inbound", transport="sip", caller="+1", callee="+2", profile="orders", profile_version=1
        ),
    )


_STARTED = _started()
