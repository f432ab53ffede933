from tests.integration.api.house import STRANGER, House

HOOK = {"url": "https://hooks.example.com/voice", "event_types": ["call.ended", "consent.granted"]}


async def test_a_webhook_is_added_shown_without_its_secret_and_deleted(house: House) -> None:
    made = (await house.post("/v1/webhooks", HOOK)).json()

    shown = (await house.get(f"/v1/webhooks/{made['id']}")).json()
    listed = (await house.get("/v1/webhooks")).json()["items"]
    deleted = await house.client.delete(f"/v1/webhooks/{made['id']}", headers=house.bearer())

    assert made["secret"].startswith("whsec_")
    assert "secret" not in shown
    assert listed == [shown]
    assert (shown["url"], shown["event_types"], shown["disabled_at"]) == (HOOK["url"], HOOK["event_types"], None)
    assert deleted.status_code == 204
    assert (await house.get(f"/v1/webhooks/{made['id']}")).status_code == 404


async def test_what_nobody_can_be_told_is_refused_with_the_reason(house: House) -> None:
    unknown = await house.post("/v1/webhooks", {**HOOK, "event_types": ["caller.said"]})
    nothing = await house.post("/v1/webhooks", {**HOOK, "event_types": []})
    plain = await house.post("/v1/webhooks", {**HOOK, "url": "hooks.example.com"})

    assert [answer.status_code for answer in (unknown, nothing, plain)] == [400, 400, 400]
    assert "https://" in plain.json()["detail"]


async def test_another_tenants_webhook_is_not_there(house: House) -> None:
    made = (await house.post("/v1/webhooks", HOOK)).json()
    path = f"/v1/webhooks/{made['id']}"

    answers = [await house.get(path, STRANGER), await house.get(path + "/deliveries", STRANGER)]
    actions = ("enable", "disable", "rotate-secret")
    answers += [await house.post(f"{path}/actions/{action}", tenant=STRANGER) for action in actions]
    answers.append(await house.client.delete(path, headers=house.bearer(STRANGER)))

    assert {answer.status_code for answer in answers} == {404}
    assert (await house.get("/v1/webhooks", STRANGER)).json()["items"] == []


async def test_a_secret_is_changed_once_a_day_at_most(house: House) -> None:
    made = (await house.post("/v1/webhooks", HOOK)).json()
    path = f"/v1/webhooks/{made['id']}/actions/rotate-secret"

    changed = (await house.post(path)).json()
    again = await house.post(path)

    assert changed["secret"] != made["secret"]
    assert changed["older_secret_until"] is not None
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_a_webhook_is_switched_off_and_on(house: House) -> None:
    made = (await house.post("/v1/webhooks", HOOK)).json()
    path = f"/v1/webhooks/{made['id']}/actions"

    off = (await house.post(f"{path}/disable")).json()
    on = (await house.post(f"{path}/enable")).json()

    assert off["disabled_at"] is not None
    assert off["disabled_because"].startswith("switched off by key_")
    assert (on["disabled_at"], on["disabled_because"]) == (None, "")


async def test_a_tenant_has_a_bounded_number_of_webhooks(house: House) -> None:
    for _ in range(20):
        assert (await house.post("/v1/webhooks", HOOK)).status_code == 201

    assert (await house.post("/v1/webhooks", HOOK)).status_code == 409
