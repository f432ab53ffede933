"""The jobs process itself: from the event stream to the note in the CRM, through a kill and a stop."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import replace

import psycopg
import pytest

from tests.integration.records.jobs.working import TENANT, attempts_of, ended, state_of
from voiceagent.config.job_settings import JobSettings
from voiceagent.config.settings import CrmSettings, Settings, settings_to_file
from voiceagent.control.streams import EventLine, EventStream
from voiceagent.records.values import JobState
from voiceagent.records.write_backs import WRITE_BACK
from voiceagent.telephony.event_codec import encode
from voiceagent.testing.sample_call import recorded, sample_events
from voiceagent_integrations.demo_crm.connector import open_connector

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def settings_file(database, redis, redis_server, tmp_path):
    """Settings of a house whose CRM, with Anna in it, takes its time."""
    async with open_connector({"database_url": database["database_jobs_url"]}):
        pass
    settings = Settings(
        state_dir=tmp_path,
        **database,
        redis_url=redis_server.url,
        crm=CrmSettings(connector="demo", options={"delay_s": 1.0}),
        jobs=JobSettings(silent_s=1.5, first_wait_s=0.1),
    )
    path = tmp_path / "settings.json"
    settings_to_file(settings, path)
    return path


@asynccontextmanager
async def jobs_process(settings_file):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "voiceagent.apps.jobs",
        "--settings",
        str(settings_file),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def call_of_anna(redis) -> None:
    start, *rest = sample_events()
    log = recorded("call_1", [replace(start, caller="anna", write_back=True), *rest], tenant=TENANT)
    await EventStream(redis).append([EventLine(call_id=one.call_id, seq=one.seq, line=encode(one)) for one in log])


async def running_job(records) -> int:
    """The id of the write-back, once somebody is at it."""
    async with asyncio.timeout(40):
        while True:
            async with records.unit_of_work(TENANT) as work:
                found = await work.jobs.list(limit=1, state=JobState.RUNNING, task=WRITE_BACK)
            if found:
                return found[0].id
            await asyncio.sleep(0.02)


def notes_in(database_url: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return [body for (body,) in connection.execute("select body from demo_crm.notes").fetchall()]


async def test_a_write_back_survives_the_kill_of_its_process(settings_file, redis, records, database_url):
    await call_of_anna(redis)
    async with jobs_process(settings_file) as killed:
        job_id = await running_job(records)
        os.kill(killed.pid, signal.SIGKILL)
    async with jobs_process(settings_file):
        job = await ended(records, job_id, within_s=60)

    assert job.state is JobState.SUCCEEDED
    assert [attempt.outcome for attempt in await attempts_of(records, job_id)] == ["lost", "succeeded"]
    (note,) = notes_in(database_url)
    assert 'Asked for: order ("where is my order").' in note


async def test_a_stop_lets_the_write_back_end(settings_file, redis, records, database_url):
    await call_of_anna(redis)
    async with jobs_process(settings_file) as stopped:
        job_id = await running_job(records)
        os.kill(stopped.pid, signal.SIGTERM)
        async with asyncio.timeout(20):
            status = await stopped.wait()

    assert status == 0
    assert (await state_of(records, job_id)).state is JobState.SUCCEEDED
    assert len(notes_in(database_url)) == 1
