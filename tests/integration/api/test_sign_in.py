"""People at the API, with tokens of a real issuer that is asked over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.integration.api.house import STRANGER, TENANT, House
from tests.integration.api.two_tenants import HOLD, move_in
from voiceagent.api.principal import Principal
from voiceagent.api.sign_in.discovery import open_http, published_keys
from voiceagent.api.sign_in.issuer_keys import IssuerKeys
from voiceagent.api.sign_in.people import People
from voiceagent.api.sign_in.provider import IdentityProvider
from voiceagent.compliance.roles import scopes_of
from voiceagent.core.ids import TenantId
from voiceagent.records.user_values import Role
from voiceagent.testing.vendors.identity_provider import IdentityProviderServer
from voiceagent.testing.vendors.serving import Host, hosting

RAW_EXPORTS = ["exports:read", "exports:create", "exports:audit", "exports:raw"]
GROUPS = {"leads": Role.SUPERVISOR, "audit": Role.AUDITOR}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosting() as running:
        yield running


@pytest.fixture
def issuer(host: Host) -> IdentityProviderServer:
    server = host.put(IdentityProviderServer())
    server.rotate()
    return server


class SetSignIn:
    """Knows people as the test has set it."""

    people: People

    async def identify(self, token: str) -> Principal:
        return await self.people.identify(token)


@pytest.fixture
def sign_in() -> SetSignIn:
    return SetSignIn()


class Door:
    """The API as people come to it."""

    def __init__(self, house: House, issuer: IdentityProviderServer) -> None:
        self.house, self.issuer = house, issuer

    def token(self, **claims: Any) -> str:
        return self.issuer.token(self.issuer.claims(self.house.parts.clock.now(), **claims))

    async def ask(
        self, token: str, path: str = "/v1/calls", method: str = "GET", body: object = None, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.house.client.request(
            method, path, json=body, headers={"Authorization": f"Bearer {token}", **named}
        )

    async def come(self, path: str = "/v1/calls", **claims: Any) -> httpx.Response:
        return await self.ask(self.token(**claims), path)


@pytest.fixture
async def door_to(
    house: House, issuer: IdentityProviderServer, sign_in: SetSignIn
) -> AsyncIterator[Callable[..., Door]]:
    """Opens the API with this provider; settings of it are named."""
    async with open_http() as http:

        def make(**settings: Any) -> Door:
            usual = {"issuer": issuer.url, "audience": "voiceagent", "tenant_id": TENANT}
            provider = IdentityProvider(**{**usual, **settings})
            keys = IssuerKeys(issuer.url, partial(published_keys, http, issuer.url), house.parts.clock)
            sign_in.people = People(house.parts.records, [(provider, keys)], house.parts.clock)
            return Door(house, issuer)

        yield make


@pytest.fixture
def door(door_to: Callable[..., Door]) -> Door:
    return door_to()


async def add(house: House, tenant: TenantId = TENANT, **who: object) -> str:
    made = await house.post("/v1/users", {"roles": ["supervisor"], **who}, tenant)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def noted(house: House, object_id: str) -> list[str]:
    page = (await house.get(f"/v1/audit-events?object={object_id}")).json()
    return [one["action"] for one in reversed(page["items"])]


async def test_who_was_added_by_an_address_is_known_by_their_subject_from_then_on(door):
    anna = await add(door.house, email="anna@example.com")

    unchecked = await door.come(email="anna@example.com", email_verified=False)
    first = await door.come(email="Anna@example.com", email_verified=True)
    later = await door.come(email="other@example.com", email_verified=True)
    another = await door.come(sub="mallory", email="anna@example.com", email_verified=True)

    shown = (await door.house.get(f"/v1/users/{anna}")).json()
    assert (unchecked.status_code, first.status_code, later.status_code, another.status_code) == (403, 200, 200, 403)
    assert (shown["subject"], shown["issuer"]) == ("anna", door.issuer.url)
    assert shown["last_seen_at"] is not None
    assert await noted(door.house, anna) == ["user.added", "user.bound"]


async def test_a_letter_that_only_looks_like_ours_is_another_address(door):
    await add(door.house, email="mike@example.com")

    kelvin = await door.come(sub="mallory", email="mi\N{KELVIN SIGN}e@example.com", email_verified=True)
    mike = await door.come(sub="mike", email="MIKE@example.com", email_verified=True)

    assert (kelvin.status_code, mike.status_code) == (403, 200)


async def test_who_is_not_known_is_told_what_to_do(door):
    answer = await door.come()

    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "voiceagent users add --subject anna" in answer.json()["detail"]


async def test_a_person_may_what_their_roles_open_and_the_audit_log_names_them(door):
    officer = await add(door.house, issuer=door.issuer.url, subject="anna", roles=["privacy_officer"])

    placed = await door.ask(door.token(), "/v1/legal-holds", "POST", HOLD)
    refused = await door.come("/v1/users")

    entry = (await door.house.get(f"/v1/audit-events?object={placed.json()['id']}")).json()["items"][0]
    assert (placed.status_code, refused.status_code) == (201, 403)
    assert "your roles do not open this" in refused.json()["detail"]
    assert entry["actor"] == {"type": "user", "id": officer, "auth": "oidc"}
    assert placed.json()["placed_by"] == officer


async def test_a_person_says_what_for_before_they_hear_anything(door):
    await add(door.house, issuer=door.issuer.url, subject="anna", roles=["supervisor"])
    call = (await move_in(door.house, TENANT)).ids["call_id"]
    listen = f"/v1/calls/{call}/recording"

    silent = await door.come(listen)
    half = await door.come(f"{listen}?purpose=complaint&reason=%20")
    heard = await door.come(f"{listen}?purpose=complaint&reason=the caller wrote to us")

    entry = (await door.house.get("/v1/audit-events?action=recording.read")).json()["items"]
    assert (silent.status_code, half.status_code, heard.status_code) == (400, 400, 200)
    assert "purpose is one of quality" in silent.json()["detail"]
    assert [(one["purpose"], one["details"]["why"]) for one in entry] == [("complaint", "the caller wrote to us")]


async def test_a_person_is_no_second_person_with_a_key_of_their_making(door):
    roles = ["tenant_admin", "privacy_officer"]
    await add(door.house, issuer=door.issuer.url, subject="anna", roles=roles)
    await add(door.house, issuer=door.issuer.url, subject="ben", roles=["privacy_officer"])
    made = await door.ask(door.token(), "/v1/api-keys", "POST", {"name": "mine", "scopes": ["holds:write"]})
    release = f"/v1/legal-holds/{(await door.house.post('/v1/legal-holds', HOLD)).json()['id']}/actions/release"

    asked = await door.ask(door.token(), release, "POST")
    by_key = await door.ask(made.json()["key"], release, "POST")
    by_ben = await door.ask(door.token(sub="ben"), release, "POST")

    assert (asked.json()["state"], by_key.status_code, by_ben.json()["state"]) == ("release_asked", 409, "released")


async def test_nobody_makes_a_key_that_opens_more_than_their_roles(door):
    await add(door.house, issuer=door.issuer.url, subject="anna", roles=["tenant_admin"])

    beyond = await door.ask(door.token(), "/v1/api-keys", "POST", {"name": "x", "scopes": ["recordings:read"]})

    assert (beyond.status_code, "recordings:read" in beyond.json()["detail"]) == (403, True)


async def test_who_is_disabled_is_out_at_once_with_the_keys_that_they_made(door):
    anna = await add(door.house, issuer=door.issuer.url, subject="anna", roles=["tenant_admin"])
    token = door.token()
    key = (await door.ask(token, "/v1/api-keys", "POST", {"name": "x", "scopes": ["calls:read"]})).json()["key"]
    before = [(await door.ask(one)).status_code for one in (token, key)]

    await door.house.post(f"/v1/users/{anna}/actions/disable")

    after = [await door.ask(one) for one in (token, key)]
    assert before == [200, 200]
    assert [answer.status_code for answer in after] == [403, 401]
    assert "ended" in after[0].json()["detail"]


async def test_who_loses_a_role_loses_the_keys_that_open_more(door):
    anna = await add(door.house, issuer=door.issuer.url, subject="anna", roles=["tenant_admin", "supervisor"])
    wide, narrow = [
        (await door.ask(door.token(), "/v1/api-keys", "POST", {"name": "x", "scopes": [scope]})).json()["key"]
        for scope in ("keys:read", "calls:read")
    ]

    changed = await door.house.client.patch(
        f"/v1/users/{anna}", json={"roles": ["supervisor"]}, headers=door.house.bearer()
    )

    assert changed.status_code == 200
    assert (await door.ask(wide, "/v1/api-keys")).status_code == 401
    assert (await door.ask(narrow)).status_code == 200


async def test_nobody_changes_or_disables_themselves(door):
    anna = await add(door.house, issuer=door.issuer.url, subject="anna", roles=["tenant_admin"])

    raised = await door.ask(door.token(), f"/v1/users/{anna}", "PATCH", {"roles": ["privacy_officer"]})
    gone = await door.ask(door.token(), f"/v1/users/{anna}/actions/disable", "POST")

    shown = (await door.house.get(f"/v1/users/{anna}")).json()
    assert (raised.status_code, gone.status_code) == (409, 409)
    assert (shown["roles"], shown["disabled_at"]) == (["tenant_admin"], None)


async def test_two_who_disable_each_other_at_once_do_not_leave_nobody(door):
    ids = {
        name: await add(door.house, issuer=door.issuer.url, subject=name, roles=["tenant_admin"])
        for name in ("anna", "ben")
    }
    pairs = [("anna", "ben"), ("ben", "anna")]

    answers = await asyncio.gather(
        *(door.ask(door.token(sub=who), f"/v1/users/{ids[whom]}/actions/disable", "POST") for who, whom in pairs)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 403]


async def test_a_link_of_who_was_disabled_opens_nothing(door):
    ready = (await move_in(door.house, TENANT)).ids["export_id"]
    anna = await add(door.house, issuer=door.issuer.url, subject="anna", roles=["privacy_officer", "tenant_admin"])
    key = (await door.ask(door.token(), "/v1/api-keys", "POST", {"name": "x", "scopes": RAW_EXPORTS})).json()["key"]
    made = [await door.ask(one, f"/v1/exports/{ready}/links", "POST", {}) for one in (door.token(), key)]
    paths = [answer.json()["path"] for answer in made]
    before = [(await door.house.client.get(path)).status_code for path in paths]

    await door.house.post(f"/v1/users/{anna}/actions/disable")

    after = [await door.house.client.get(path) for path in paths]
    assert (before, [answer.status_code for answer in after]) == ([200, 200], [401, 401])


async def test_a_tenant_admin_gives_roles_that_open_more_than_their_own(door):
    await add(door.house, issuer=door.issuer.url, subject="anna", roles=["tenant_admin"])

    body = {"email": "ben@example.com", "roles": ["privacy_officer"]}
    made = await door.ask(door.token(), "/v1/users", "POST", body)

    assert made.status_code == 201


async def test_T_SEC_3_a_person_of_one_tenant_sees_nothing_of_another(door):
    await add(door.house, STRANGER, issuer=door.issuer.url, subject="anna", roles=["tenant_admin"])
    theirs = await door.come()
    ours = await add(door.house, issuer=door.issuer.url, subject="ben", roles=["tenant_admin"])

    people = (await door.come("/v1/users", sub="ben")).json()["items"]

    assert theirs.status_code == 403, "their issuer is set for another tenant"
    assert [one["id"] for one in people] == [ours]


async def test_groups_let_people_in_and_say_what_they_may(door_to):
    door = door_to(group_roles=GROUPS)

    first = await door.come(groups=["leads", "else"], email="anna@example.com", email_verified=True)
    admitted = (await door.house.get("/v1/users")).json()["items"][0]
    moved = await door.come("/v1/audit-events", groups="audit")
    changed = (await door.house.get(f"/v1/users/{admitted['id']}")).json()
    by_hand = await door.house.client.patch(
        f"/v1/users/{admitted['id']}", json={"roles": ["agent"]}, headers=door.house.bearer()
    )

    assert (first.status_code, moved.status_code, by_hand.status_code) == (200, 200, 409)
    assert (admitted["roles"], admitted["roles_from"]) == (["supervisor"], "groups")
    assert (changed["roles"], set(changed["scopes"])) == (["auditor"], scopes_of([Role.AUDITOR]))
    assert await noted(door.house, admitted["id"]) == ["user.added", "user.roles_changed"]


async def test_whoever_comes_several_times_at_once_is_one_person(door_to):
    door = door_to(group_roles=GROUPS)
    invited = await add(door.house, email="ben@example.com")
    ben = door.token(sub="ben", email="ben@example.com", email_verified=True)

    by_group = await asyncio.gather(*(door.come(groups=["leads"]) for _ in range(4)))
    by_address = await asyncio.gather(*(door.ask(ben) for _ in range(4)))

    people = (await door.house.get("/v1/users")).json()["items"]
    assert {answer.status_code for answer in (*by_group, *by_address)} == {200}
    assert [(one["id"] == invited, one["subject"]) for one in people] == [(True, "ben"), (False, "anna")]
    assert await noted(door.house, invited) == ["user.added", "user.bound"]


async def test_whose_groups_are_gone_is_out_with_the_keys_that_they_made(door_to):
    door = door_to(group_roles={"admins": Role.TENANT_ADMIN})
    token = door.token(groups=["admins"])
    key = (await door.ask(token, "/v1/api-keys", "POST", {"name": "x", "scopes": ["calls:read"]})).json()["key"]

    without = await door.come(groups=[])
    stranger = await door.come(sub="ben", groups=["else"])

    assert (without.status_code, stranger.status_code) == (403, 403)
    assert "group" in without.json()["detail"]
    assert (await door.ask(key)).status_code == 401


async def test_forged_tokens_are_refused_and_noted(door):
    await add(door.house, issuer=door.issuer.url, subject="anna")
    claims = door.issuer.claims(door.house.parts.clock.now())
    forged = {
        "bad_token": door.issuer.unsigned(claims),
        "bad_signature": door.issuer.signed_by_a_stranger(claims),
        "wrong_audience": door.token(aud="crm"),
        "token_expired": door.token(exp=1_000_000),
        "unknown_issuer": door.token(iss="https://evil.example"),
        "no_token": "not.a.token",
    }

    answers = {reason: await door.ask(token) for reason, token in forged.items()}
    secret = await door.ask(door.issuer.signed_with_the_public_key(claims))

    assert {reason: answer.status_code for reason, answer in answers.items()} == dict.fromkeys(forged, 401)
    assert secret.status_code == 401
    async with door.house.records.unit_of_work(TenantId("_installation")) as work:
        told = {one.entry.reason for one in await work.audit.list(limit=50)}
    assert told >= forged.keys()


async def test_after_a_rotation_new_tokens_are_taken_and_made_up_keys_cause_no_storm(door):
    await add(door.house, issuer=door.issuer.url, subject="anna")
    old = door.token()
    before = (await door.ask(old)).status_code
    asked = len(door.issuer.seen)

    for number in range(20):
        forged = door.issuer.token(door.issuer.claims(door.house.parts.clock.now()), kid=f"made-up-{number}")
        assert (await door.ask(forged)).status_code == 401

    assert before == 200
    assert len(door.issuer.seen) == asked, "the keys were fetched a moment ago"


async def test_while_the_issuer_is_away_people_wait_and_keys_work(door):
    door.issuer.discovery = {"issuer": "https://evil.example"}  # speaks for another: as good as away

    person = await door.come()
    system = await door.ask(door.house.keys[TENANT])

    assert (person.status_code, person.json()["code"]) == (503, "unavailable")
    assert person.headers["retry-after"]
    assert system.status_code == 200


async def test_a_post_that_is_sent_again_is_answered_to_the_same_token_only_while_it_is_good(door):
    anna = await add(door.house, issuer=door.issuer.url, subject="anna", roles=["tenant_admin"])
    token = door.token()
    once = partial(door.ask, token, "/v1/legal-holds", "POST", HOLD, Idempotency_Key="once")
    made, again = await once(), await once()

    await door.house.post(f"/v1/users/{anna}/actions/disable")
    late = await once()

    assert (made.status_code, again.json()["id"], late.status_code) == (201, made.json()["id"], 403)
