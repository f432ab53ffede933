"""An erasure by the jobs process itself, and `voiceagent erase replay` on a database in which the call is back."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from tests.integration.apps.test_jobs import jobs_process
from tests.integration.records.erasing.people import approved, parts_of, request_of
from tests.integration.records.purging.calls_to_purge import TENANT, canaries, everything_stored, found_in, make_call
from voiceagent.apps.erasure_parts import erasure_job
from voiceagent.cli.main import app
from voiceagent.compliance.erasure.receipt import verify_receipt
from voiceagent.compliance.signing_identity import load_or_make
from voiceagent.config.settings import Settings, settings_to_file
from voiceagent.core.clock import SystemClock
from voiceagent.core.content_class import ContentClass

pytestmark = pytest.mark.timeout(120)
WORDS = [word for letter in (ContentClass.TRANSCRIPT, ContentClass.METADATA) for word in canaries("c1")[letter]]


async def approve(records, state) -> None:
    await approved(parts_of(records, state, SystemClock()), ["+49301c1"])
    async with records.unit_of_work(TENANT) as work:
        await work.jobs.enqueue(erasure_job(TENANT, "erq_1"))
        await work.commit()


async def test_the_jobs_process_erases_and_the_command_does_it_again_after_a_restore(
    engine, records, database, redis, redis_server, tmp_path, monkeypatch
):
    state, ended = tmp_path / "state", SystemClock().now() - timedelta(hours=1)
    settings_to_file(Settings(state_dir=state, **database, redis_url=redis_server.url), tmp_path / "settings.json")
    file = await make_call(engine, state / "recordings", "c1", ended)
    await approve(records, state)

    async with jobs_process(tmp_path / "settings.json"), asyncio.timeout(60):
        while (request := await request_of(records, "erq_1")).state == "running":
            await asyncio.sleep(0.1)

    assert (request.state, file.exists(), found_in(await everything_stored(engine), WORDS)) == ("done", False, [])
    own = await asyncio.to_thread(load_or_make, state / "signing", "voiceagent", ended)
    assert verify_receipt(request.receipt.encode()).fingerprint == own.fingerprint

    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM effects"))
        await connection.execute(text("DELETE FROM calls"))  # and all of it comes back as a backup brings it
    file = await make_call(engine, state / "recordings", "c1", ended)
    monkeypatch.setenv("VOICEAGENT_DATABASE_URL", database["database_jobs_url"])
    monkeypatch.setenv("VOICEAGENT_STATE_DIR", str(state))
    done = await asyncio.to_thread(CliRunner().invoke, app, ["erase", "replay", "--json"])

    told = json.loads(done.stdout)
    assert (told["erased"], told["unknown"], told["newest"] > ended.isoformat()) == (4, 0, True)
    assert (file.exists(), found_in(await everything_stored(engine), WORDS)) == (False, [])
