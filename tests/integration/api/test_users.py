"""People and their roles through the API; what a key of theirs may, and for whom it counts."""

import pytest

from tests.integration.api.command_line import command_line
from tests.integration.api.house import STRANGER, House
from tests.integration.api.two_tenants import CONSENT, EXPORT, HOLD
from voiceagent.compliance.roles import scopes_of
from voiceagent.records.key_rules import USERS_READ, USERS_WRITE
from voiceagent.records.user_values import Role

ANNA = {"email": "Anna@Example.com", "name": "Anna", "roles": ["supervisor"]}


async def add(house: House, **changes: object) -> dict[str, object]:
    made = await house.post("/v1/users", {**ANNA, **changes})
    assert made.status_code == 201, made.text
    return dict(made.json())


async def with_key(house: House, key: str, method: str, path: str, body: object = None):
    return await house.client.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})


async def key_of(house: House, *scopes: str) -> str:
    """Made with the tenant's first key."""
    return str((await house.post("/v1/api-keys", {"name": "made", "scopes": list(scopes)})).json()["key"])


async def test_somebody_is_added_given_other_roles_disabled_and_enabled(house):
    anna = await add(house)
    path = f"/v1/users/{anna['id']}"

    changed = await house.client.patch(path, json={"roles": ["auditor", "agent"]}, headers=house.bearer())
    disabled = await house.post(f"{path}/actions/disable")
    enabled = await house.post(f"{path}/actions/enable")
    noted = (await house.get(f"/v1/audit-events?object={anna['id']}")).json()["items"]

    assert (anna["email"], anna["roles"], anna["subject"]) == ("anna@example.com", ["supervisor"], "")
    assert changed.json()["roles"] == ["agent", "auditor"]
    assert set(changed.json()["scopes"]) == scopes_of([Role.AGENT, Role.AUDITOR])
    assert disabled.json()["disabled_at"] is not None
    assert enabled.json()["disabled_at"] is None
    assert [one["action"] for one in reversed(noted)] == [
        *("user.added", "user.roles_changed", "user.disabled", "user.enabled")
    ]
    assert noted[2]["details"]["before"] == ["supervisor"]


async def test_nobody_is_added_twice_but_each_tenant_has_people_of_its_own(house):
    await add(house)

    again = await house.post("/v1/users", {**ANNA, "email": "ANNA@example.com"})
    elsewhere = await house.post("/v1/users", ANNA, STRANGER)

    assert (again.status_code, elsewhere.status_code) == (409, 201)
    assert len((await house.get("/v1/users")).json()["items"]) == 1


async def test_who_is_nobody_or_has_no_role_for_people_is_not_added(house):
    for wrong in (
        *({**ANNA, "roles": roles} for roles in (["boss"], ["integrator"], [])),
        {**ANNA, "email": "anna"},
        {"roles": ["agent"]},
        {"roles": ["agent"], "subject": "1"},
    ):
        answer = await house.post("/v1/users", wrong)

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_input"), wrong


async def test_people_are_listed_page_by_page(house):
    made = [(await add(house, email=f"{name}@example.com"))["id"] for name in "abc"]

    first = (await house.get("/v1/users?limit=2")).json()
    rest = (await house.get(f"/v1/users?limit=2&cursor={first['next_cursor']}")).json()

    assert [one["id"] for one in (*first["items"], *rest["items"])] == made
    assert rest["next_cursor"] is None


async def test_a_key_gives_no_role_that_opens_more_than_itself(house):
    key = await key_of(house, USERS_READ, USERS_WRITE, *scopes_of([Role.AGENT]))

    admin = await with_key(house, key, "POST", "/v1/users", {**ANNA, "roles": ["tenant_admin"]})
    agent = await with_key(house, key, "POST", "/v1/users", {**ANNA, "roles": ["agent"]})
    raised = await with_key(house, key, "PATCH", f"/v1/users/{agent.json()['id']}", {"roles": ["supervisor"]})

    assert (admin.status_code, agent.status_code, raised.status_code) == (403, 201, 403)
    assert "voiceagent keys create" in admin.json()["detail"]


async def test_a_key_that_was_made_with_a_key_is_no_second_person(house):
    second = await key_of(house, "holds:read", "holds:write", "exports:read", "exports:raw")
    third = (
        await with_key(house, second, "POST", "/v1/api-keys", {"name": "x", "scopes": ["holds:write"]})
    ).status_code
    hold = (await house.post("/v1/legal-holds", HOLD)).json()["id"]
    export = (await house.post("/v1/exports", EXPORT)).json()["id"]

    asked = await house.post(f"/v1/legal-holds/{hold}/actions/release")
    released = await with_key(house, second, "POST", f"/v1/legal-holds/{hold}/actions/release")
    approved = await with_key(house, second, "POST", f"/v1/exports/{export}/actions/approve")

    assert third == 403
    assert asked.json()["state"] == "release_asked"
    assert (released.status_code, approved.status_code) == (409, 409)
    assert "not with a key of your making" in approved.json()["detail"]


async def test_the_audit_log_names_the_key_and_who_answers_for_it(house):
    first, made = (await house.get("/v1/api-keys")).json()["items"][0], await key_of(house, "holds:write")

    hold = (await with_key(house, made, "POST", "/v1/legal-holds", HOLD)).json()
    placed = (await house.get(f"/v1/audit-events?object={hold['id']}")).json()["items"][0]

    assert placed["actor"]["id"] != first["id"]
    assert placed["details"]["holder"] == first["id"] == hold["placed_by"]


async def test_T_SEC_1_an_auditor_has_audit_packages_without_sound_made_and_no_others(house):
    key = await key_of(house, *scopes_of([Role.AUDITOR]))
    raw = (await house.post("/v1/exports", {**EXPORT, "kind": "litigation"})).json()["id"]

    for changed, status in (
        ({"kind": "audit", "media": True}, 403),
        (
            {
                "kind": "dsar",
                "filter": {"subject": {"numbers": ["+4930555"]}},
                "identity_check": "document",
                "deliver_by": "known_email",
            },
            403,
        ),
        ({"kind": "audit", "media": False}, 202),
    ):
        asked = await with_key(house, key, "POST", "/v1/exports", {**EXPORT, **changed})
        assert asked.status_code == status, asked.text
    taken = await with_key(house, key, "DELETE", f"/v1/exports/{raw}")

    assert taken.status_code == 403
    assert (await house.get(f"/v1/exports/{raw}")).json()["state"] == "waiting", "what is forbidden did not happen"


async def test_T_SEC_1_who_may_not_read_tool_payloads_sees_that_a_tool_was_used(house):
    from voiceagent.telephony import events as ev

    started = ev.CallStarted(
        direction="inbound", transport="sip", caller="+1", callee="+2", profile="orders", profile_version=1
    )
    used = ev.ToolCalled(
        tool_call_id="tc_1",
        delegation_id="d_1",
        name="find_order",
        arguments={"order": "4711"},
        status="ok",
        result={"state": "sent"},
        duration_ms=10,
    )
    await house.write("call_1", started, used)
    admin, auditor = [await key_of(house, *scopes_of([role])) for role in (Role.TENANT_ADMIN, Role.AUDITOR)]

    less = (await with_key(house, admin, "GET", "/v1/calls/call_1/events")).json()["items"][1]["data"]
    more = (await with_key(house, auditor, "GET", "/v1/calls/call_1/events")).json()["items"][1]["data"]

    assert (less["name"], less["arguments"], less["result"], less["withheld"]) == ("find_order", {}, {}, True)
    assert (more["arguments"], more["result"]) == ({"order": "4711"}, {"state": "sent"})


async def test_the_command_line_adds_changes_disables_and_lists(house, monkeypatch):
    run = command_line(house, monkeypatch)

    async def users(*words: str) -> str:
        return "\n".join(line for line in (await run("users", *words)).stdout.splitlines() if line.startswith("usr_"))

    added = await users("add", "anna@example.com", "--role", "supervisor", "--name", "Anna")
    await users("add", "--issuer", "https://login.example.com", "--subject", "7", "--role", "agent")
    anna = added.split()[0]
    changed = await users("role", anna, "--role", "auditor", "--role", "agent")
    disabled = await users("disable", anna)
    enabled = await users("enable", anna)
    listed = await users("list")

    assert added.split(maxsplit=1)[1] == "supervisor: anna@example.com (Anna), never seen"
    assert "agent auditor: anna@example.com" in changed
    assert ("disabled" in disabled, "disabled" in enabled) == (True, False)
    assert listed.splitlines()[1].endswith("agent: 7 at https://login.example.com, never seen")


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\N{NEXT LINE}", "\x9b", "\u2028", "\u202e", "\u2066"])
async def test_words_that_a_terminal_would_obey_or_no_table_holds_are_refused(house, sign):
    word = f"a{sign}b"
    sent = {
        "/v1/users": {"email": "a@example.com", "roles": ["agent"], "name": word},
        "/v1/api-keys": {"name": word, "scopes": ["calls:read"]},
        "/v1/legal-holds": {"matter": word, "reason": "court", "selector": {"tag": "x"}},
        "/v1/webhooks": {"url": "https://example.com/hook", "description": word, "event_types": ["call.ended"]},
        "/v1/outbound-consents": {**CONSENT, "seller": word},
        "/v1/webrtc/tokens": {"profile": "orders", "subject": word},
    }
    answers = {path: (await house.post(path, body)).status_code for path, body in sent.items()}
    reason = {"matter": "1/30", "reason": word, "selector": {"tag": "x"}}

    assert answers == dict.fromkeys(sent, 400)
    assert (await house.post("/v1/legal-holds", reason)).status_code == 400
    assert (await house.get("/v1/calls?from=a%00b")).status_code == 400
