"""`voiceagent export` on a real database, and `voiceagent audit verify --package` on what it wrote."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voiceagent.apps.database import recorded as records_of
from voiceagent.apps.shell_user import shell_user
from voiceagent.cli.main import app
from voiceagent.compliance.access_report import OPENS, Access, report_of, weeks_until
from voiceagent.compliance.read_budget import RAW
from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import BadInput, ConfigError, Conflict
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.engine import create_engine
from voiceagent.records.seed import Seed, sow
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.testing.sample_call import recorded, sample_events


@pytest.fixture
def call_id(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CallId:
    """An installation with one call."""
    call_id = CallId(new_id("call"))

    async def write() -> None:
        engine = create_engine(database_url)
        await RecordsWriter(engine).write(recorded(call_id, sample_events()))
        await engine.dispose()

    asyncio.run(write())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICEAGENT_DATABASE_URL", database_url)
    monkeypatch.setenv("VOICEAGENT_STATE_DIR", str(tmp_path / "state"))
    return call_id


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


async def _make_the_tenant(database_url: str) -> None:
    engine = create_engine(database_url)
    await sow(Records(engine), Seed(), datetime(2026, 11, 20, tzinfo=UTC), tenant_id=TenantId("default"))
    await engine.dispose()


def test_a_package_is_written_verified_and_made_again(call_id: CallId, tmp_path: Path) -> None:
    written = json.loads(_run("export", "--all", "--out", "first", "--json", "--organisation", "Acme")[1])
    package = tmp_path / written["path"]

    status, told = _run("audit", "verify", "--package", str(package), "--json")
    again = json.loads(_run("export", "--again", str(package), "--out", "second", "--json")[1])

    verdict = json.loads(told)
    assert (status, verdict["outcome"], verdict["calls"]) == (0, "good", 1)
    assert verdict["signer"] == written["fingerprint"] == again["fingerprint"]
    assert (tmp_path / again["path"]).read_bytes() == package.read_bytes()
    with pytest.raises(Conflict, match="exists already"):
        _run("export", "--again", str(package), "--out", "first")


def test_one_call_is_exported_and_a_change_to_it_is_found(call_id: CallId, tmp_path: Path) -> None:
    package = tmp_path / json.loads(_run("export", "--call", call_id, "--out", ".", "--json")[1])["path"]
    package.write_bytes(package.read_bytes().replace(b"where is my order", b"where is MY order", 1))

    status, told = _run("audit", "verify", "--package", str(package))

    assert status == 1
    assert "changed: records/segments.jsonl" in told


def test_T_SEC_5_a_package_that_is_made_on_the_machine_is_in_the_access_report(
    call_id: CallId, database_url: str
) -> None:
    asyncio.run(_make_the_tenant(database_url))
    _run("export", "--all", "--out", "first", "--json")

    async def report() -> list[Access]:
        engine = create_engine(database_url)
        week = weeks_until(SystemClock().now(), 1)[0]
        async with Records(engine).unit_of_work(TenantId("default")) as work:
            found = await work.audit.openings(OPENS, since=week.since, until=week.until, raw=RAW)
        await engine.dispose()
        return list(report_of(found, {}))

    assert [(one.holder, one.opened["packages"]) for one in asyncio.run(report())] == [("operator", 1)]


@pytest.mark.parametrize("log", ["default", "_installation"], ids=["of a tenant", "of one that is not there"])
def test_who_exports_is_in_the_audit_log(call_id: CallId, database_url: str, log: str) -> None:
    """Words and sound leave the house there: without an entry nothing is read."""
    if log == "default":
        asyncio.run(_make_the_tenant(database_url))
    package = json.loads(_run("export", "--call", call_id, "--out", ".", "--json", "--purpose", "court")[1])["path"]

    [entry] = json.loads(
        _run("audit", "list", "--action", "export.requested", "--tenant", log, "--json")[1],
    )

    assert package == f"export-{entry['object']['id']}.zip"
    assert (entry["actor"]["type"], entry["details"]["purpose"]) == ("operator", "court")
    assert (entry["details"]["call_id"], entry["details"]["tenant"]) == (call_id, "default")
    assert entry["details"]["made_by"] == shell_user()


def test_a_range_leaves_out_what_began_outside_of_it(call_id: CallId) -> None:
    before = _run("export", "--to", "2026-11-20", "--out", "a")[1]
    within = json.loads(_run("export", "--from", "2026-11-20", "--to", "2026-11-21", "--out", "b", "--json")[1])

    assert ": 0 calls" in before.replace("\n", "")
    assert f"signed by {within['fingerprint']}" in before
    assert within["calls"] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "say which calls"),
        (("--all", "--call", "call_1"), "say which calls"),
        (("--from", "yesterday"), "--from yesterday is no date"),
        (("--all", "--vcon", "9"), "9 is no vCon profile"),
        (("--again", __file__), "is no package"),
        (("--again", __file__, "--mute-masked"), "leave out --mute-masked"),
        (("--again", __file__, "--parquet"), "leave out --mute-masked and --parquet"),
    ],
    ids=["nothing", "two ways", "no date", "no profile", "no package", "again but muted", "again but Parquet"],
)
def test_what_was_typed_wrongly_is_told(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        _run("export", "--out", str(tmp_path), *arguments)


def test_where_nothing_was_recorded_yet_it_is_told_what_makes_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICEAGENT_STATE_DIR", str(tmp_path / "state"))

    with pytest.raises(ConfigError, match=r"no records in .*/state: `voiceagent up` makes them"):
        _run("export", "--all", "--out", str(tmp_path / "out"))

    assert not (tmp_path / "state" / "postgres").exists(), "no database is made by asking for its records"


def test_where_only_the_demo_has_run_its_records_are_exported(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    (tmp_path / "demo" / "postgres" / "data").mkdir(parents=True)

    assert records_of(settings).state_dir == tmp_path / "demo"
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    assert records_of(settings) is settings, "an installation comes before its demo"
