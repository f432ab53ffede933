"""The audit log over a database, from the jobs process that signs it to the command that verifies it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from voiceagent.cli.main import app
from voiceagent.config.settings import Settings, settings_to_file
from voiceagent.core.ids import TenantId
from voiceagent.records import migrate
from voiceagent.records.audit.anchors import AnchorFiles
from voiceagent.records.seed import Seed, sow
from voiceagent.records.unit_of_work import Records

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TENANT = TenantId("default")


@pytest.fixture
def state(tmp_path: Path, database: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of an installation whose settings the commands see."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICEAGENT_STATE_DIR", str(tmp_path / "state"))
    for setting, url in database.items():
        monkeypatch.setenv(f"VOICEAGENT_{setting.upper()}", url)
    return tmp_path / "state"


async def signed_by_the_jobs_process(state: Path, database: dict[str, str], redis_url: str) -> None:
    """It signs what there is when it is told to stop."""
    settings = state / "run" / "settings.json"
    settings_to_file(Settings(state_dir=state, redis_url=redis_url, **database), settings)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voiceagent.apps.jobs", "--settings", str(settings), stderr=asyncio.subprocess.DEVNULL
    )
    while not (state / "run" / "jobs-0.ready").exists():
        assert process.returncode is None
        await asyncio.sleep(0.05)
    os.kill(process.pid, signal.SIGTERM)
    assert await process.wait() == 0


async def audit(*arguments: str) -> tuple[int, str]:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["audit", *arguments])
    return done.exit_code, done.output


async def verified(*arguments: str) -> tuple[int, dict]:
    code, output = await audit("verify", "--json", *arguments)
    return code, json.loads(output)


def steal(url: str, statement: str) -> None:
    engine = migrate.sync_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER ALL"))
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.timeout(120)
async def test_what_the_jobs_process_signed_is_verified_until_somebody_changes_it(
    state: Path, database: dict[str, str], redis, redis_server, records: Records, tmp_path: Path
) -> None:
    await sow(records, Seed(), NOW, tenant_id=TENANT)
    await signed_by_the_jobs_process(state, database, redis_server.url)

    code, found = await verified()
    again = (await verified())[1]
    [kept] = AnchorFiles(state / "anchors").notes(TENANT)
    (tmp_path / "kept.txt").write_text(kept)
    since, _ = await verified("--since", str(tmp_path / "kept.txt"))
    steal(database["database_owner_url"], "UPDATE audit_log SET actor_id = 'somebody' WHERE tenant_id = 'default'")
    changed, report = await verified()
    text_code, told = await audit("verify")

    [log] = found["logs"]
    assert (code, found["result"], found["findings"]) == (0, "ok", [])
    assert (log["tenant"], log["entries"], log["signed"], log["checkpoints"]) == ("default", 1, 1, 1)
    assert [one["tenant"] for one in again["logs"]] == ["_installation", "default"]  # of the first run
    assert since == 0
    assert (changed, text_code) == (1, 1)
    assert ("tampered", "default", 1) in [(one["verdict"], one["tenant"], one["seq"]) for one in report["findings"]]
    assert "TAMPERED: default: entry 1 was changed" in told
    assert (state / "audit" / "signing.key").stat().st_mode & 0o777 == 0o600


async def test_every_way_to_fail_has_its_exit_code(
    state: Path, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sow(records, Seed(), NOW, tenant_id=TENANT)
    no_key, found = await verified()
    (tmp_path / "no.txt").write_text("nothing")
    no_note, _ = await verified("--since", str(tmp_path / "no.txt"))
    no_file, _ = await verified("--since", str(tmp_path / "missing.txt"))
    _make_key(state)
    no_anchor, unsigned = await verified()
    for setting in ("URL", "JOBS_URL"):
        monkeypatch.setenv(f"VOICEAGENT_DATABASE_{setting}", "postgresql://nobody@127.0.0.1:1/none")
    away, _ = await verified()
    for setting in ("URL", "JOBS_URL", "OWNER_URL"):
        monkeypatch.setenv(f"VOICEAGENT_DATABASE_{setting}", "")
    nowhere, told = await verified()

    assert (no_key, no_anchor) == (3, 3)
    assert "signing.pub" in found["findings"][0]["what"]
    assert "no checkpoint covers this log" in unsigned["findings"][0]["what"]
    assert (no_note, no_file, away, nowhere) == (4, 4, 4, 4)
    assert "there is no database" in told["findings"][0]["what"]


async def test_the_log_can_be_listed_at_the_machine(state: Path, records: Records) -> None:
    await sow(records, Seed(), NOW, tenant_id=TENANT)
    _make_key(state)
    await verified()

    _, table = await audit("list")
    _, own = await audit("list", "--json", "--action", "api_key.minted")
    _, runs = await audit("list", "--json", "--tenant", "_installation")
    _, nothing = await audit("list", "--json", "--object", "call_1")

    assert "api_key.minted" in table
    assert [(act["action"], act["details"]["name"]) for act in json.loads(own)] == [("api_key.minted", "first key")]
    [run] = json.loads(runs)
    assert (run["action"], run["result"], run["details"]["entries"]) == ("audit.verified", "unproven", {"default": 1})
    assert json.loads(nothing) == []


def _make_key(state: Path) -> None:
    from voiceagent.config.audit_keys import load_or_make_signing_key

    load_or_make_signing_key(state)
