"""What is configured and how much fits in, over the API. A password is nowhere in it."""

from typing import Any

import httpx

from tests.integration.api.house import NOON, STRANGER, TENANT, House
from voiceagent.control.directory import RoutingDirectory, RoutingSnapshot
from voiceagent.control.leases import Leases
from voiceagent.control.presence import GatewayPresence, Presence, WorkerPresence
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.repositories.numbers import BY_API
from voiceagent.records.seed import Seed, SeedNumber, SeedProfile, sow

CARRIER = {
    "allow": ["203.0.113.0/24"],
    "username": "acme",
    "password_env": "CARRIER_PASSWORD",
    "outbound": {"address": "203.0.113.9:5060", "username": "acme-out", "password_env": "OUT_PASSWORD"},
}


def profile(text: str, sha256: str) -> SeedProfile:
    return SeedProfile(name="clinic", sha256=sha256 * 64, document={"greeting": text})


async def configure(house: House, *, texts: tuple[str, ...] = ("Hello",)) -> None:
    for place, text in enumerate(texts):
        seed = Seed(
            trunks={"carrier": CARRIER, "pbx": {"allow": ["192.0.2.1/32"]}},
            numbers=[SeedNumber(number=number, profile="clinic") for number in ("+4930100", "+4930101")],
            profiles=[profile(text, "abcd"[place])],
        )
        await sow(house.records, seed, NOON, tenant_id=TENANT)


async def read(house: House, path: str) -> Any:
    answer = await house.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_trunks_and_numbers_are_shown_without_credentials(house: House) -> None:
    await configure(house)

    trunks, numbers = await read(house, "/v1/trunks"), await read(house, "/v1/numbers")

    carrier, pbx = trunks["items"]
    assert (carrier["name"], carrier["allow"], carrier["username"]) == ("carrier", ["203.0.113.0/24"], "acme")
    assert carrier["outbound"] == {"address": "203.0.113.9:5060", "username": "acme-out"}
    assert (pbx["username"], pbx["outbound"]) == ("", None)
    assert "PASSWORD" not in str(trunks)
    assert [(one["number"], one["agent"]) for one in numbers["items"]] == [
        ("+4930100", "clinic"),
        ("+4930101", "clinic"),
    ]


async def test_what_the_settings_name_no_more_is_gone_with_the_next_start(house: House) -> None:
    await configure(house)

    await sow(house.records, Seed(trunks={"pbx": {"allow": ["192.0.2.1/32"]}}), NOON, tenant_id=TENANT)

    assert [one["name"] for one in (await read(house, "/v1/trunks"))["items"]] == ["pbx"]
    assert (await read(house, "/v1/numbers"))["items"] == []
    kept = {one["name"]: one["retired_at"] for one in (await read(house, "/v1/agents"))["items"]}
    assert kept["clinic"] is not None, "calls ran with it"


async def test_every_version_of_an_agent_stays_readable(house: House) -> None:
    await configure(house, texts=("Hello", "Good day", "Hi"))

    newest = [one for one in (await read(house, "/v1/agents"))["items"] if one["name"] == "clinic"]
    first = await read(house, "/v1/agents/clinic/versions?limit=2")
    rest = await read(house, f"/v1/agents/clinic/versions?cursor={first['next_cursor']}")
    second = await read(house, "/v1/agents/clinic/versions/2")

    assert [one["version"] for one in newest] == [3]
    assert [one["version"] for page in (first, rest) for one in page["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None
    assert (second["sha256"], second["profile"]) == ("b" * 64, {"greeting": "Good day"})


async def test_an_agent_or_a_version_that_never_was_is_not_found(house: House) -> None:
    await configure(house)

    for path in ("/v1/agents/nobody/versions", "/v1/agents/clinic/versions/2", "/v1/agents/nobody/versions/1"):
        answer = await house.get(path)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


async def test_pages_of_numbers_leave_none_out(house: House) -> None:
    await configure(house)

    first = await read(house, "/v1/numbers?limit=1")
    second = await read(house, f"/v1/numbers?limit=1&cursor={first['next_cursor']}")

    assert [page["items"][0]["number"] for page in (first, second)] == ["+4930100", "+4930101"]
    assert second["next_cursor"] is None


async def test_capacity_counts_what_is_in_use_and_gives_nothing_of_what_drains_away(house: House) -> None:
    presence = Presence(house.redis)
    for worker_id, draining in (("worker-0", False), ("worker-1", True)):
        worker = WorkerPresence(worker_id=worker_id, url="ws://worker", slots=8, draining=draining, version="0.1.0")
        await presence.announce_worker(worker)
    await Leases(house.redis).acquire(CallId("call_1"))
    sip = GatewayPresence(gateway_id="sip-0", kind="sip", lines=4)
    await presence.announce_gateway(sip, {CallId("call_1"): TENANT})

    workers, capacity = await read(house, "/v1/workers"), await read(house, "/v1/capacity")

    seen = [(one["id"], one["slots"], one["slots_used"], one["draining"]) for one in workers["items"]]
    assert seen == [("worker-0", 8, 1, False), ("worker-1", 8, 0, True)]
    assert "ws://" not in str(workers), "where a worker listens is nobody's business"
    assert capacity["slots"] == {"total": 16, "used": 1, "free": 7}
    assert capacity["sip_lines"] == {"total": 4, "used": 1, "free": 3}
    assert capacity["webrtc_lines"] == {"total": 0, "used": 0, "free": 0}
    assert (capacity["workers"], capacity["gateways"]) == (2, 1)


async def publish(house: House, *agents: str) -> None:
    """As a start does."""
    numbers = [{"number": one, "profile": "clinic"} for one in ("+4930100", "+4930101")]
    profiles = [{"name": name} for name in agents]
    snapshot = RoutingSnapshot(tenant_id=TENANT, trunks=[{"name": "carrier"}], numbers=numbers, profiles=profiles)
    await RoutingDirectory(house.redis).publish(snapshot)


async def routed(house: House) -> dict[str, str]:
    """What gateways route by."""
    snapshot = await RoutingDirectory(house.redis).load()
    assert snapshot is not None
    assert snapshot.trunks == [{"name": "carrier"}]
    return {one["number"]: one["profile"] for one in snapshot.numbers}


async def put(house: House, number: str, agent: str, tenant: TenantId = TENANT) -> httpx.Response:
    return await house.client.put(f"/v1/numbers/{number}", json={"agent": agent}, headers=house.bearer(tenant))


async def remove(house: House, number: str, tenant: TenantId = TENANT) -> httpx.Response:
    return await house.client.delete(f"/v1/numbers/{number}", headers=house.bearer(tenant))


async def test_a_number_is_answered_by_whom_a_request_says_and_by_nobody_once_it_is_removed(house: House) -> None:
    await configure(house)
    await publish(house, "clinic", "bank")

    made = await put(house, "+4930200", "bank")
    changed = await put(house, "+4930200", "clinic")
    both = await routed(house)
    removed = await remove(house, "+4930200")

    assert (made.status_code, made.json()["agent"], made.json()["managed_by"]) == (200, "bank", "api")
    assert changed.json()["id"] == made.json()["id"]
    assert both == {"+4930100": "clinic", "+4930101": "clinic", "+4930200": "clinic"}
    assert removed.status_code == 204
    assert await routed(house) == {"+4930100": "clinic", "+4930101": "clinic"}
    assert (await remove(house, "+4930200")).status_code == 404
    acts = (await read(house, "/v1/audit-events?limit=10"))["items"]
    assert [one["action"] for one in acts if one["action"].startswith("number.")] == [
        "number.removed",
        "number.changed",
        "number.changed",
    ]


async def test_a_start_leaves_numbers_of_the_api_and_takes_those_that_the_settings_name_by_now(house: House) -> None:
    await configure(house)
    await publish(house, "clinic")
    for number in ("+4930200", "+4930201"):
        assert (await put(house, number, "clinic")).status_code == 200

    seed = Seed(numbers=[SeedNumber(number="+4930201", profile="clinic")])
    await sow(house.records, seed, NOON, tenant_id=TENANT)

    numbers = (await read(house, "/v1/numbers"))["items"]
    assert [(one["number"], one["managed_by"]) for one in numbers] == [("+4930200", "api"), ("+4930201", "settings")]
    assert (await remove(house, "+4930201")).status_code == 409


async def test_numbers_of_the_settings_and_agents_that_there_are_not_are_refused(house: House) -> None:
    await configure(house)
    await publish(house, "clinic")

    taken = await put(house, "+4930100", "clinic")
    nobody = await put(house, "+4930200", "bank")
    malformed = await put(house, "+49-30", "clinic")

    assert [taken.status_code, nobody.status_code, malformed.status_code] == [409, 404, 400]
    assert await routed(house) == {"+4930100": "clinic", "+4930101": "clinic"}


async def test_what_was_stored_and_not_published_is_published_by_the_same_request(house: House) -> None:
    await configure(house)
    before = await put(house, "+4930200", "clinic")  # nothing was published yet
    await publish(house, "clinic")
    async with house.records.unit_of_work(TENANT) as work:  # as if Redis had gone in between
        await work.numbers.put("+4930200", "clinic", {}, NOON, managed_by=BY_API)
        await work.commit()

    again = await put(house, "+4930200", "clinic")

    assert [before.status_code, again.status_code] == [503, 200]
    assert "+4930200" in await routed(house)


async def test_a_number_of_another_tenant_is_none(house: House) -> None:
    await configure(house)
    await publish(house, "clinic")
    await put(house, "+4930200", "clinic")

    theirs = [await put(house, "+4930200", "clinic", STRANGER), await remove(house, "+4930200", STRANGER)]

    assert [one.status_code for one in theirs] == [409, 404]
    assert "+4930200" in await routed(house)
