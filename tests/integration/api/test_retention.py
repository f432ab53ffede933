"""Retention and legal holds through the API and the commands that ask it."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from tests.integration.api.command_line import command_line
from tests.integration.api.house import NOON, STRANGER, TENANT, House
from tests.integration.records.jobs.working import working
from tests.integration.records.purging.calls_to_purge import SetClock, make_call, purge_of
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.records.purging.store import PURGE
from voiceagent.records.retention_values import FOLLOW_HOLD
from voiceagent.records.secrets import mint_api_key

POLICIES, HOLDS, RUNS = "/v1/retention-policies", "/v1/legal-holds", "/v1/retention/runs"
CALLER = {"matter": "12/30", "reason": "court", "selector": {"caller": "+49301c1"}}


async def second_key(house: House) -> dict[str, str]:
    """Another person of the tenant."""
    minted = mint_api_key()
    async with house.records.unit_of_work(TENANT) as work:
        await work.api_keys.add("second", minted, frozenset({"holds:write", "holds:read"}), NOON)
        await work.commit()
    return {"Authorization": f"Bearer {minted.plain}"}


async def test_a_policy_is_created_as_a_version_and_read_again(house):
    body = {"selector": {"number": "+15550100"}, "content_class": "audio", "days": 7}

    first, second = await house.post(POLICIES, body), await house.post(POLICIES, {**body, "days": 10})

    assert (first.status_code, second.status_code) == (201, 201)
    assert [(one.json()["version"], one.json()["days"]) for one in (first, second)] == [(1, 7), (2, 10)]
    assert (await house.get(f"{POLICIES}/{first.json()['id']}")).json() == first.json()
    listed = (await house.get(f"{POLICIES}?limit=1")).json()
    assert listed["items"] == [second.json()]
    assert (await house.get(f"{POLICIES}?limit=1&cursor={listed['next_cursor']}")).json()["items"] == [first.json()]
    assert (await house.get(POLICIES, STRANGER)).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"content_class": "audio"}, "needs an end"),
        ({"content_class": "audio", "days": None}, "needs an end"),
        ({"content_class": "audio", "days": -1}, "cannot be negative"),
        ({"content_class": "audio", "days": 1, "effective_from": "2030-01-01T00:00:00"}, "needs a zone"),
    ],
)
async def test_a_policy_without_a_proper_term_is_a_problem_document_that_says_what_to_do(house, body, told):
    answer = await house.post(POLICIES, body)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert told in answer.json()["detail"]


async def test_a_call_tells_what_becomes_of_it_and_which_holds_are_on_it(house):
    ended = house_time() - timedelta(days=3)
    await make_call(house.records.engine, house.blob_root, "c1", ended, TENANT)
    await house.post(POLICIES, {"selector": {"tag": "vip"}, "content_class": "audio", "days": 2})
    hold = (await house.post(HOLDS, {**CALLER, "classes": ["transcript"]})).json()

    before = (await house.get("/v1/calls/c1")).json()["retention"]
    tagged = await house.client.put("/v1/calls/c1/tags/vip", headers=house.bearer())

    fates = {one["content_class"]: (one["state"], one["reason"]) for one in before["classes"]}
    assert fates == {
        "audio": ("kept", "default"),
        "transcript": ("kept", "legal_hold"),
        "tool": ("kept", "default"),
        "metadata": ("kept", "legal_hold"),  # by which the hold finds the call
        "consent": ("kept", "default"),
    }
    assert before["holds"] == [hold["id"]]
    audio = tagged.json()["classes"][0]
    assert (audio["state"], audio["reason"]) == ("due", "policy")
    untagged = await house.client.delete("/v1/calls/c1/tags/vip", headers=house.bearer())
    assert untagged.json() == before
    assert (await house.get("/v1/calls/c1/retention", STRANGER)).status_code == 404


async def test_a_purged_recording_is_gone_from_the_api_and_says_so(house):
    now = house_time()
    await make_call(house.records.engine, house.blob_root, "c1", now - timedelta(days=31), TENANT)
    assert (await house.get("/v1/calls/c1/recording")).status_code == 200

    await purge_of(house.records, house.blob_root, SetClock(now)).run_all()

    assert (await house.get("/v1/calls/c1/recording")).status_code == 404
    audio = (await house.get("/v1/calls/c1/retention")).json()["classes"][0]
    assert (audio["state"], audio["reason"]) == ("purged", "default")
    runs = (await house.get(RUNS)).json()["items"]
    assert (runs[0]["state"], runs[0]["counts"]["audio"]["files"]) == ("done", 1)
    assert (await house.get(RUNS, STRANGER)).json()["items"][0]["counts"]["audio"]["files"] == 0


async def test_a_hold_is_released_by_two_people_only(house):
    hold = (await house.post(HOLDS, CALLER)).json()
    path = f"{HOLDS}/{hold['id']}/actions/release"

    asked, again = await house.post(path), await house.post(path)
    approved = await house.client.post(path, headers=await second_key(house))

    assert (asked.status_code, asked.json()["state"]) == (200, "release_asked")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert (approved.status_code, approved.json()["state"]) == (200, "released")
    assert (await house.get(f"{HOLDS}?active=true")).json()["items"] == []
    assert [one["id"] for one in (await house.get(f"{HOLDS}?active=false")).json()["items"]] == [hold["id"]]
    assert (await house.post(path, tenant=STRANGER)).status_code == 404


async def test_objects_follow_a_hold_from_its_first_moment_and_after_its_release(house):
    await make_call(house.records.engine, house.blob_root, "c1", house_time(), TENANT)
    hold = (await house.post(HOLDS, {**CALLER, "selector": {"tag": "matter-1"}})).json()
    for tag in ("matter-1", "vip"):
        await house.client.put(f"/v1/calls/c1/tags/{tag}", headers=house.bearer())
    path = f"{HOLDS}/{hold['id']}/actions/release"
    await house.post(path)
    before = await followed(house)
    await house.client.post(path, headers=await second_key(house))

    assert before == [{"hold_id": hold["id"]}, {"call_id": "c1"}]
    assert await followed(house) == [*before, {"hold_id": hold["id"]}]


async def followed(house: House) -> list[dict[str, str]]:
    """What jobs are to look at, the first one first."""
    async with house.records.unit_of_work(TENANT) as work:
        jobs = await work.jobs.list(limit=50, task=FOLLOW_HOLD)
    return [dict(job.arguments) for job in reversed(jobs)]


@pytest.mark.parametrize("selector", [{}, {"caller": ""}])
async def test_a_hold_that_names_no_calls_has_to_say_that_it_means_all(house, selector):
    refused = await house.post(HOLDS, {**CALLER, "selector": selector})
    meant = await house.post(HOLDS, {**CALLER, "selector": selector, "everything": True})

    assert (refused.status_code, meant.status_code) == (400, 201)


@pytest.mark.parametrize("path", [POLICIES, HOLDS, RUNS, "/v1/calls/c1/retention"])
async def test_each_endpoint_wants_its_scope(house, path):
    key = mint_api_key()
    async with house.records.unit_of_work(TENANT) as work:
        await work.api_keys.add("calls only", key, frozenset({"calls:read"}), NOON)
        await work.commit()

    answer = await house.client.get(path, headers={"Authorization": f"Bearer {key.plain}"})

    assert answer.status_code == 403


@asynccontextmanager
async def purging(house: House, now: datetime):
    """The jobs process, as far as it purges."""
    purge = purge_of(house.records, house.blob_root, SetClock(now))

    async def handle(order):
        await purge.run(TenantId(order.tenant_id), order.arguments["run_id"])

    async with working(house.records.engine, {PURGE: handle}):
        yield


async def test_a_run_by_hand_is_done_by_a_job(house):
    now = house_time()
    file = await make_call(house.records.engine, house.blob_root, "c1", now - timedelta(days=31), TENANT)

    started = await house.post(RUNS, {"dry_run": False})
    async with purging(house, now):
        report = await _ended(house, started.json()["id"])

    assert (started.status_code, started.json()["state"]) == (202, "waiting")
    assert (report["state"], report["counts"]["audio"]["calls"], file.exists()) == ("done", 1, False)


async def _ended(house: House, run_id: str):
    async with asyncio.timeout(20):
        while (report := (await house.get(f"{RUNS}/{run_id}")).json())["state"] != "done":
            await asyncio.sleep(0.05)
    return report


def house_time() -> datetime:
    return SystemClock().now()


@pytest.fixture
async def run(house, monkeypatch):
    """A command of ours, asking this API."""
    return command_line(house, monkeypatch)


async def test_a_run_from_the_command_line_tells_what_it_did(house, run):
    now = house_time()
    await make_call(house.records.engine, house.blob_root, "c1", now - timedelta(days=31), TENANT)

    async with purging(house, now):
        counted = await run("retention", "run", "--dry-run")
        done = await run("retention", "run", "--json")

    assert "audio            1 calls would be purged; 0 kept" in counted.output
    assert (counted.exit_code, done.exit_code) == (0, 0)
    report, _ = json.JSONDecoder().raw_decode(done.stdout[done.stdout.index("{\n") :])  # the worker logs to it here
    assert report["counts"]["audio"]["files"] == 1


async def test_the_commands_say_in_a_sentence_what_the_api_answered(house, run):
    await make_call(house.records.engine, house.blob_root, "c1", house_time(), TENANT)
    placed = await run("hold", "place", "12/30", "--reason", "court", "--call", "c1")
    listed = await run("hold", "list")
    shown = await run("retention", "show", "c1")
    hold_id = placed.output.split()[0]
    released = await run("hold", "release", hold_id)
    again = await run("hold", "release", hold_id)
    nothing = await run("hold", "place", "12/30", "--reason", "court")

    assert "is in force: nothing under it is deleted from now on" in placed.output
    assert listed.output.split()[:2] == [hold_id, "active"]
    assert f"audio       kept        while the hold is on it  legal_hold {hold_id}" in shown.output
    assert "stays in force until somebody else approves it" in released.output
    assert "somebody else has to approve it" in str(again.exception)
    assert "set everything to true" in str(nothing.exception)
