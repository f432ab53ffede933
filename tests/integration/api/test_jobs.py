"""Jobs through the API: what waits, why it failed, and bringing a dead letter back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.integration.api.house import NOON, STRANGER, TENANT, House
from tests.integration.records.jobs.working import ended, working
from voiceagent.core.errors import UpstreamUnavailable
from voiceagent.records.jobs.queue import JobQueue, NewJob
from voiceagent.records.secrets import mint_api_key
from voiceagent.records.write_backs import WRITE_BACK, WriteBackOutcome, WriteBacks
from voiceagent.testing.sample_call import sample_events


async def enqueue(house: House, task: str = "greet", tenant: str = TENANT) -> int:
    async with house.records.engine.begin() as connection:
        return await JobQueue().enqueue(connection, NewJob(task=task, tenant_id=tenant, arguments={"call_id": "c"}))


async def away(order):
    raise UpstreamUnavailable("the CRM is away")


async def fine(order):
    pass


async def run(house: House, handler, job_id: int, task: str = "greet") -> None:
    """Until the job has ended."""
    async with working(house.records.engine, {task: handler}):
        await ended(house.records, job_id)


async def test_jobs_are_listed_page_by_page_newest_first(house):
    ids = [await enqueue(house) for _ in range(5)]

    pages, cursor = [], ""
    while cursor is not None:
        page = (await house.get(f"/v1/jobs?limit=2&cursor={cursor}")).json()
        pages.append([job["id"] for job in page["items"]])
        cursor = page["next_cursor"]

    assert pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]


async def test_jobs_are_found_by_state_and_task(house):
    dead, waiting = await enqueue(house), await enqueue(house, "wave")
    await run(house, away, dead)

    async def found(query: str) -> list[int]:
        return [job["id"] for job in (await house.get(f"/v1/jobs?{query}")).json()["items"]]

    assert await found("state=failed") == [dead]
    assert await found("state=todo") == [waiting]
    assert await found("state=doing") == await found("state=succeeded") == []
    assert await found("task=wave") == [waiting]


async def test_a_job_tells_every_attempt_and_the_last_error(house):
    job_id = await enqueue(house)
    await run(house, away, job_id)

    job = (await house.get(f"/v1/jobs/{job_id}")).json()

    assert (job["task"], job["state"], job["attempts"]) == ("greet", "failed", 3)
    assert job["arguments"] == {"call_id": "c"}
    assert job["last_error"] == "the CRM is away"
    assert [attempt["outcome"] for attempt in job["history"]] == ["failed"] * 3


async def test_a_dead_letter_is_retried_and_what_was_tried_before_stays(house):
    job_id = await enqueue(house)
    await run(house, away, job_id)

    accepted = await house.post(f"/v1/jobs/{job_id}/actions/retry")
    await run(house, fine, job_id)
    job = (await house.get(f"/v1/jobs/{job_id}")).json()

    assert accepted.status_code == 202
    assert (accepted.json()["state"], accepted.json()["attempts"]) == ("todo", 0)
    assert (job["state"], job["attempts"]) == ("succeeded", 1)
    assert [attempt["outcome"] for attempt in job["history"]] == [*["failed"] * 3, "succeeded"]


async def test_only_a_dead_letter_can_be_retried(house):
    job_id = await enqueue(house)

    refused = await house.post(f"/v1/jobs/{job_id}/actions/retry")

    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "todo" in refused.json()["detail"]


async def test_another_tenants_job_looks_like_none(house):
    job_id = await enqueue(house)
    await run(house, away, job_id)

    read = await house.get(f"/v1/jobs/{job_id}", STRANGER)
    retried = await house.post(f"/v1/jobs/{job_id}/actions/retry", tenant=STRANGER)

    assert (read.status_code, retried.status_code) == (404, 404)
    assert (await house.get("/v1/jobs", STRANGER)).json()["items"] == []
    assert (await house.get(f"/v1/jobs/{job_id}")).json()["state"] == "failed"


@pytest.mark.parametrize("path", ["/v1/jobs?cursor=x!", "/v1/jobs?state=lost", "/v1/jobs/0", "/v1/jobs/x"])
async def test_what_is_malformed_is_told_as_a_problem(house, path):
    response = await house.get(path)

    assert (response.status_code, response.json()["code"]) == (400, "bad_input")


async def test_a_key_needs_the_scopes_of_jobs(house):
    job_id = await enqueue(house)
    reader, caller = mint_api_key(), mint_api_key()
    async with house.records.unit_of_work(TENANT) as work:
        await work.api_keys.add("reads jobs", reader, frozenset({"jobs:read"}), NOON)
        await work.api_keys.add("reads calls", caller, frozenset({"calls:read"}), NOON)
        await work.commit()

    async def status(method: str, path: str, key: str) -> int:
        response = await house.client.request(method, path, headers={"Authorization": f"Bearer {key}"})
        return response.status_code

    assert await status("GET", f"/v1/jobs/{job_id}", reader.plain) == 200
    assert await status("POST", f"/v1/jobs/{job_id}/actions/retry", reader.plain) == 403
    assert await status("GET", "/v1/jobs", caller.plain) == 403
    assert await status("GET", "/v1/jobs", "va_live_nobody") == 401


async def test_a_call_shows_how_far_its_write_back_is(house):
    start, *rest = sample_events()
    asked = replace(start, write_back=True)

    async def facts(call_id: str) -> dict[str, object]:
        return (await house.get(f"/v1/calls/{call_id}")).json()["write_back"]

    await house.write("call_plain", start, *rest)
    await house.write("call_running", asked, *rest[:-1])
    await house.write("call_done", asked, *rest, at=NOON + timedelta(hours=1))
    waiting = await facts("call_done")
    await run(house, away, waiting["job_id"], WRITE_BACK)
    dead = await facts("call_done")
    await WriteBacks(house.records.engine).settle(TENANT, "call_done", WriteBackOutcome.NOTED, note_id="n_1", now=NOON)

    assert await facts("call_plain") == {"state": "not_wanted", "job_id": None}
    assert await facts("call_running") == {"state": "not_yet", "job_id": None}
    assert waiting["state"] == "waiting"
    assert dead == {"state": "failed", "job_id": waiting["job_id"]}
    assert (await facts("call_done"))["state"] == "noted"


async def test_the_metrics_count_what_waits_and_what_is_dead(house):
    dead = await enqueue(house)
    await run(house, away, dead)
    await enqueue(house)

    told = (await house.get("/metrics")).text

    assert 'voiceagent_queue_length{queue="jobs"} 1.0' in told
    assert 'voiceagent_queue_length{queue="dead_letters"} 1.0' in told


async def test_the_metrics_count_no_dead_letter_that_nobody_could_bring_back(house):
    tidying = "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ('q', 'tidy', '{}', :status)"
    async with house.records.engine.begin() as connection:
        for status in ("failed", "doing"):
            await connection.execute(text(tidying), {"status": status})

    told = (await house.get("/metrics")).text

    assert (await house.get("/v1/jobs?state=failed")).json()["items"] == []
    assert 'voiceagent_queue_length{queue="jobs"} 0.0' in told
    assert 'voiceagent_queue_length{queue="dead_letters"} 0.0' in told
