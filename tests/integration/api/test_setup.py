"""What is configured and how much fits in, over the API. A password is nowhere in it."""

from typing import Any

from tests.integration.api.house import NOON, TENANT, House
from voiceagent.control.leases import Leases
from voiceagent.control.presence import GatewayPresence, Presence, WorkerPresence
from voiceagent.core.ids import CallId
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
    assert "clinic" in [one["name"] for one in (await read(house, "/v1/agents"))["items"]], "calls ran with it"


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
