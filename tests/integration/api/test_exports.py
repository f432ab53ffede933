"""Exports over the API: asked for, written by the job, downloaded by key or link, gone after a week."""

import asyncio
import hashlib
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.integration.api.command_line import command_line
from tests.integration.api.house import NOON, STRANGER, TENANT, House
from voiceagent.apps.export_jobs import ExportExpiry, ExportWriting
from voiceagent.apps.to_the_end import to_the_end
from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.verdict import Outcome
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.signing_identity import SigningIdentity, new_identity
from voiceagent.core.errors import StoreUnavailable
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.dossier import CallDossier
from voiceagent.records.erasing.sealed_names import EXPORT
from voiceagent.records.export_values import Written
from voiceagent.records.jobs.worker import Order
from voiceagent.records.models import CallModel
from voiceagent.records.secrets import mint_api_key
from voiceagent.records.writer import RecordsWriter
from voiceagent.testing.sample_call import recorded, sample_events

EVERYTHING = {"everything": True}
ASKED = {"kind": "audit", "purpose": "the auditors of 2030", "filter": EVERYTHING}
BULK = {**ASKED, "kind": "bulk"}


class LaterClock:
    """The system's time, put forward by hand."""

    def __init__(self, house: House, by: timedelta = timedelta(0)) -> None:
        self._clock, self.by = house.parts.clock, by

    def now(self) -> datetime:
        return self._clock.now() + self.by

    def monotonic(self) -> float:
        return self._clock.monotonic()


class CutOff(CallExport):
    """Reads the first call, and is killed."""

    async def _add(self, dossier: CallDossier, *rest: Any) -> None:
        await super()._add(dossier, *rest)
        raise StoreUnavailable("Postgres went away")


@pytest.fixture(scope="module")
def identity() -> SigningIdentity:
    return new_identity("voiceagent test", NOON)


@pytest.fixture
def writing(house: House, identity: SigningIdentity) -> Callable[..., ExportWriting]:
    """The job as the jobs process has it; `kind` may be one that is cut off."""

    def make(kind: type[CallExport] = CallExport) -> ExportWriting:
        export = kind(house.records, StoredRecordings(in_folder(house.blob_root), house.data_keys), aside=to_the_end)
        parts = house.parts
        names = parts.sealed_names.of_kind(EXPORT)
        return ExportWriting(export, house.records, parts.packages, lambda *_: identity, names, parts.clock)

    return make


@pytest.fixture
async def calls(house: House) -> Sequence[CallId]:
    """Two calls of ours, one of somebody else."""
    ids = [CallId("call_a"), CallId("call_b"), CallId("call_c")]
    for call_id, tenant in zip(ids, (TENANT, TENANT, STRANGER), strict=True):
        await RecordsWriter(house.records.engine).write(recorded(call_id, sample_events(), tenant=tenant))
    return ids


def order(export_id: str, tenant: TenantId = TENANT) -> Order:
    return Order(tenant_id=tenant, arguments={"export_id": export_id})


async def ask(house: House, body: Mapping[str, Any] = ASKED, tenant: TenantId = TENANT) -> dict[str, Any]:
    answer = await house.post("/v1/exports", body, tenant)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def state_of(house: House, export_id: str) -> str:
    return str((await house.get(f"/v1/exports/{export_id}")).json()["state"])


async def ready(house: House, writing: Callable[..., ExportWriting]) -> str:
    export_id = str((await ask(house))["id"])
    await writing().run(order(export_id))
    return export_id


async def second_key(house: House) -> dict[str, str]:
    """Of another person of the same tenant."""
    minted = mint_api_key()
    async with house.records.unit_of_work(TENANT) as work:
        scopes = frozenset({"exports:read", "exports:raw"})
        await work.api_keys.add("second", minted, scopes, NOON)
        await work.commit()
    return {"Authorization": f"Bearer {minted.plain}"}


async def noted(house: House, export_id: str) -> list[str]:
    page = (await house.get(f"/v1/audit-events?object={export_id}")).json()
    return [one["action"] for one in reversed(page["items"])]


def files_of(house: House) -> list[str]:
    return sorted(path.name for path in (house.blob_root / "exports").rglob("*") if path.is_file())


def save(answer: httpx.Response, folder: Path) -> Path:
    path = folder / "downloaded.zip"
    path.write_bytes(answer.content)
    return path


async def test_an_export_is_asked_for_written_and_downloaded(house, writing, calls, tmp_path):
    asked = await ask(house)
    assert asked["state"] == "waiting"

    await writing().run(order(asked["id"]))

    export = (await house.get(f"/v1/exports/{asked['id']}")).json()
    package = save(await house.get(f"/v1/exports/{asked['id']}/download"), tmp_path)
    assert export["state"] == "ready"
    assert (export["counts"]["calls"], export["counts"]["calls_in_range"]) == (2, 2)
    assert verify_package(package).outcome is Outcome.GOOD
    with zipfile.ZipFile(package) as files:
        assert hashlib.sha256(files.read("manifest.json")).hexdigest() == export["manifest_sha256"]
        assert b"call_c" not in files.read("records/calls.jsonl")
    assert export["size_bytes"] == package.stat().st_size


async def test_T_EXP_5_every_download_is_noted_and_counted_before_it_begins(house, writing, calls):
    export_id = await ready(house, writing)

    await house.get(f"/v1/exports/{export_id}/download")
    part = await house.get(f"/v1/exports/{export_id}/download", range="bytes=0-9")

    export = (await house.get(f"/v1/exports/{export_id}")).json()
    assert (part.status_code, len(part.content)) == (206, 10)
    assert export["download_count"] == 2
    assert {one["via"] for one in export["downloads"]} == {"key"}
    assert (await noted(house, export_id))[-2:] == ["export.downloaded"] * 2


async def test_T_EXP_5_nothing_is_handed_out_when_it_cannot_be_noted(house, writing, calls):
    export_id = await ready(house, writing)
    async with house.records.engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('audit_log:' || 'ten_a', 0))"))

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await house.get(f"/v1/exports/{export_id}/download")

    assert (await house.get(f"/v1/exports/{export_id}")).json()["download_count"] == 0


async def test_T_EXP_5_a_link_opens_one_package_without_a_key_for_a_quarter_of_an_hour(house, writing, calls):
    export_id = await ready(house, writing)
    made = await house.post(f"/v1/exports/{export_id}/links", {})
    too_long = await house.post(f"/v1/exports/{export_id}/links", {"lifetime_s": 901})
    path = made.json()["path"]

    got = await house.client.get(path)

    lifetime = datetime.fromisoformat(made.json()["expires_at"]) - house.parts.clock.now()
    assert made.status_code == 201
    assert too_long.status_code == 400
    assert timedelta(minutes=14) < lifetime <= timedelta(minutes=15)
    assert (got.status_code, got.content[:2]) == (200, b"PK")
    assert (await house.get(f"/v1/exports/{export_id}")).json()["downloads"][0]["via"] == "link"
    assert (await noted(house, export_id))[-2:] == ["export.link_made", "export.downloaded"]


@pytest.mark.parametrize("change", ["tenant", "by", "until", "signature", "export"])
async def test_T_EXP_5_a_link_that_was_changed_opens_nothing(house, writing, calls, change):
    export_id = await ready(house, writing)
    url = httpx.URL((await house.post(f"/v1/exports/{export_id}/links", {})).json()["path"])
    if change == "export":
        url = url.copy_with(path=url.path.replace(export_id, "exp_other"))
    else:
        told = url.params[change]
        url = url.copy_set_param(change, str(int(told) + 60) if change == "until" else f"{told}x")

    answer = await house.client.get(url)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
    assert (await house.get(f"/v1/exports/{export_id}")).json()["download_count"] == 0


async def test_T_EXP_5_a_package_is_deleted_after_a_week(house, writing, calls):
    export_id = await ready(house, writing)
    clock = LaterClock(house, timedelta(days=6, hours=23))
    expiry = ExportExpiry(house.records, house.parts.packages, timedelta(days=400), clock)
    await expiry.run_all()
    assert files_of(house) == [f"export-{export_id}.zip"]

    clock.by = timedelta(days=7, seconds=1)
    await expiry.run_all()

    refused = await house.get(f"/v1/exports/{export_id}/download")
    assert files_of(house) == []
    assert (refused.status_code, await state_of(house, export_id)) == (409, "expired")
    assert (await noted(house, export_id))[-1] == "export.expired"


async def test_a_bulk_export_takes_two_people(house, writing, calls):
    asked = await ask(house, BULK)
    assert asked["state"] == "asked"
    await writing().run(order(asked["id"]))
    assert files_of(house) == []
    path = f"/v1/exports/{asked['id']}/actions/approve"

    alone = await house.post(path)
    approved = await house.client.post(path, headers=await second_key(house))
    again = await house.post(path)

    assert (alone.status_code, approved.status_code, again.status_code) == (409, 202, 409)
    await writing().run(order(asked["id"]))
    export = (await house.get(f"/v1/exports/{asked['id']}")).json()
    assert export["state"] == "ready"
    assert export["approved_by"] not in ("", export["requested_by"])
    assert await noted(house, asked["id"]) == ["export.requested", "export.approved", "export.ready"]


async def test_more_than_a_thousand_calls_are_bulk_whatever_they_are_called(house, calls):
    async with house.records.engine.begin() as connection:
        changed = {"call_id": "call_id || copy", "started_at": "started_at + make_interval(secs => copy)"}
        names = [column.name for column in CallModel.__table__.columns]
        values = ", ".join(changed.get(name, name) for name in names)
        more = f"SELECT {values} FROM calls, generate_series(1, 998) AS copy WHERE call_id = 'call_a'"  # noqa: S608
        await connection.execute(text(f"INSERT INTO calls ({', '.join(names)}) {more}"))
    thousand = await house.post("/v1/exports", ASKED)
    one_more = recorded(CallId("call_d"), sample_events(), tenant=TENANT)
    await RecordsWriter(house.records.engine).write(one_more)

    for kind in ("audit", "litigation"):  # one for a person takes a person, who has what is theirs
        refused = await house.post("/v1/exports", {**ASKED, "kind": kind})
        assert (refused.status_code, "ask for kind bulk" in refused.json()["detail"]) == (400, True)
    bulk = await house.post("/v1/exports", BULK)

    assert (thousand.status_code, bulk.status_code, bulk.json()["state"]) == (202, 202, "asked")


async def test_an_attempt_that_is_cut_off_leaves_no_half_package_and_the_next_one_is_whole(house, writing, calls):
    export_id = str((await ask(house))["id"])
    with pytest.raises(StoreUnavailable):
        await writing(CutOff).run(order(export_id))
    after_the_cut = await state_of(house, export_id)
    refused = await house.get(f"/v1/exports/{export_id}/download")
    left = house.blob_root / "exports" / "ten_a" / f".export-{export_id}.1.draft.draft"
    left.mkdir()  # as a kill leaves it
    (left / "package.zip").write_bytes(b"half")

    await writing().run(order(export_id))

    assert (after_the_cut, refused.status_code) == ("running", 409)
    assert files_of(house) == [f"export-{export_id}.zip"]
    assert await state_of(house, export_id) == "ready"


async def test_an_attempt_that_was_thought_lost_and_ends_late_leaves_the_package_that_is_offered(house, writing, calls):
    export_id = str((await ask(house))["id"])

    class OvertakenExport(CallExport):
        async def run(self, *words: Any, **named: Any) -> int:
            done = await super().run(*words, **named)
            async with house.records.unit_of_work(TENANT) as work:  # another attempt offers its own meanwhile
                theirs = house.parts.packages.path(TENANT, export_id).with_name("theirs")
                theirs.write_bytes(b"theirs")
                house.parts.packages.put(theirs, TENANT, export_id)
                await work.exports.finish(
                    export_id, Written(counts={}, manifest_sha256="", size_bytes=6), house.parts.clock.now()
                )
                await work.commit()
            return done

    await writing(OvertakenExport).run(order(export_id))

    assert files_of(house) == [f"export-{export_id}.zip"]
    assert (await house.get(f"/v1/exports/{export_id}/download")).content == b"theirs"


async def test_an_attempt_that_begins_late_takes_no_package_away(house, writing, calls):
    export_id = await ready(house, writing)

    house.parts.packages.prepare(TENANT, export_id, 2)  # it was allowed to, before the other one was ready

    assert (await house.get(f"/v1/exports/{export_id}/download")).status_code == 200


async def test_nobody_but_the_owner_looks_into_the_folders_of_packages(house, writing, calls):
    await ready(house, writing)

    root = house.blob_root / "exports"
    assert {path.stat().st_mode & 0o777 for path in (root, root / "ten_a")} == {0o700}


async def test_calls_to_come_are_not_waited_for(house, calls):
    later = {"since": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}

    asked = await ask(house, {**ASKED, "filter": later})

    assert datetime.fromisoformat(asked["filter"]["until"]) <= house.parts.clock.now()


async def test_an_export_that_never_succeeds_is_failed_and_told(house, writing, calls):
    export_id = str((await ask(house))["id"])
    for _ in range(4):
        with pytest.raises(StoreUnavailable):
            await writing(CutOff).run(order(export_id))

    await writing(CutOff).run(order(export_id))

    export = (await house.get(f"/v1/exports/{export_id}")).json()
    assert (export["state"], export["problem"]) == ("failed", "Postgres went away")
    assert files_of(house) == []


async def test_what_was_deleted_is_not_written_and_not_offered(house, writing, calls):
    waiting, offered = await ask(house), await ready(house, writing)
    for export_id in (waiting["id"], offered):
        answer = await house.client.delete(f"/v1/exports/{export_id}", headers=house.bearer())
        assert answer.status_code == 204

    await writing().run(order(waiting["id"]))

    assert files_of(house) == []
    assert (await house.get(f"/v1/exports/{offered}/download")).status_code == 409
    assert await state_of(house, waiting["id"]) == "deleted"


async def test_webhooks_are_told_of_what_is_ready_and_of_what_failed(house, writing, calls):
    hook = (
        await house.post(
            "/v1/webhooks", {"url": "https://example.com/h", "event_types": ["export.ready", "export.failed"]}
        )
    ).json()
    done = await ready(house, writing)
    failed = str((await ask(house))["id"])
    for attempt in range(5):
        if attempt < 4:
            with pytest.raises(StoreUnavailable):
                await writing(CutOff).run(order(failed))
        else:
            await writing(CutOff).run(order(failed))

    told = (await house.get(f"/v1/webhooks/{hook['id']}/deliveries")).json()["items"]

    assert {(one["event_type"], one["export_id"], one["call_id"]) for one in told} == {
        ("export.ready", done, None),
        ("export.failed", failed, None),
    }


async def test_a_third_export_at_once_has_to_wait(house, calls):
    await ask(house)
    await ask(house)

    third = await house.post("/v1/exports", ASKED)
    elsewhere = await house.post("/v1/exports", ASKED, STRANGER)

    assert (third.status_code, third.headers["retry-after"]) == (429, "60")
    assert elsewhere.status_code == 202


async def test_one_that_nobody_went_on_with_is_failed_after_a_day(house, calls):
    export_id = str((await ask(house))["id"])

    await ExportExpiry(
        house.records, house.parts.packages, timedelta(days=400), LaterClock(house, timedelta(days=2))
    ).run_all()

    assert await state_of(house, export_id) == "failed"


async def test_lists_go_on_from_a_cursor_newest_first(house, writing, calls):
    ids = [await ready(house, writing) for _ in range(3)]

    first = (await house.get("/v1/exports?limit=2")).json()
    rest = (await house.get(f"/v1/exports?limit=2&cursor={first['next_cursor']}")).json()

    assert [one["id"] for one in (*first["items"], *rest["items"])] == ids[::-1]
    assert rest["next_cursor"] is None


async def test_asked_twice_with_one_idempotency_key_it_is_made_once(house, calls):
    headers = {**house.bearer(), "Idempotency-Key": "once"}

    first = await house.client.post("/v1/exports", json=ASKED, headers=headers)
    second = await house.client.post("/v1/exports", json=ASKED, headers=headers)

    assert first.json()["id"] == second.json()["id"]
    assert len((await house.get("/v1/exports")).json()["items"]) == 1


@pytest.mark.parametrize(
    "filter_",
    [{}, {"everything": True, "call_id": "call_a"}, {"since": "2030-01-01T00:00:00"}, {"call_id": "call/.."}],
)
async def test_a_filter_says_one_thing_with_a_zone(house, filter_):
    answer = await house.post("/v1/exports", {**ASKED, "filter": filter_})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "to\0see"},
        {"organisation": "Acme\0Inc"},
        {"purpose": "\n"},
        {"filter": {"since": "0001-01-01T00:00:00+14:00"}},
        {"filter": {"until": "9999-12-31T23:59:59-14:00"}},
    ],
    ids=str,
)
async def test_what_no_database_and_no_package_can_hold_is_refused_in_a_sentence(house, wrong):
    answer = await house.post("/v1/exports", {**ASKED, **wrong})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")


async def test_one_call_of_somebody_else_cannot_be_asked_for(house, calls):
    answer = await house.post("/v1/exports", {**ASKED, "filter": {"call_id": "call_c"}})

    assert answer.status_code == 404


async def test_the_command_line_asks_lists_and_makes_a_link(house, writing, calls, monkeypatch):
    run = command_line(house, monkeypatch)

    async def exports(*words: str) -> str:
        return (await run("exports", *words)).stdout

    asked = await exports("create", "audit", "--purpose", "the auditors", "--call", "call_a")
    export_id = asked.split()[0]
    await writing().run(order(export_id))
    listed, link = await exports("list"), await exports("link", export_id, "--minutes", "5")
    await house.client.get(link.splitlines()[0])
    told = await exports("get", export_id)

    assert asked.split()[1:3] == ["audit", "waiting"]
    assert f"{export_id} audit      ready    the auditors: 1 calls" in listed
    assert "(link)" in told


async def test_parquet_is_refused_where_nobody_installed_what_writes_it(house, monkeypatch):
    asked = await house.post("/v1/exports", {**ASKED, "parquet": True})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused = await house.post("/v1/exports", {**ASKED, "parquet": True})

    assert (asked.status_code, asked.json()["parquet"]) == (202, True)
    assert (refused.status_code, "voiceagent[parquet]" in refused.json()["detail"]) == (400, True)
