"""A person asks for their data: from the API through the job to a package that is verified and read from outside."""

import base64
import io
import json
import shlex
import wave
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import text
from typer.testing import CliRunner

from tests.integration.api.house import NOON, PEPPER, STRANGER, TENANT, House
from tests.integration.api.test_exports import order
from tests.integration.api.test_retention import house_time, run  # noqa: F401 - a fixture
from tests.integration.records.campaign_lists import add_campaign
from tests.integration.records.erasing.people import RULES, approved, parts_of
from tests.integration.records.purging.calls_to_purge import SetClock, canaries, log_of
from voiceagent.api.app import create_app
from voiceagent.apps.erasure import Erasure
from voiceagent.apps.export_jobs import ExportWriting
from voiceagent.apps.to_the_end import to_the_end
from voiceagent.cli.main import app as commands
from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.person import SubjectParts
from voiceagent.compliance.exports.verdict import Outcome
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.signing_identity import SigningIdentity, new_identity
from voiceagent.compliance.subject_access.notice import PrivacyNotice
from voiceagent.config.privacy_settings import PrivacySettings
from voiceagent.core.clock import SystemClock
from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import CallId
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.erasing.sealed_names import EXPORT
from voiceagent.records.export_values import CANCEL_WINDOW, Written
from voiceagent.records.recording import StereoRecorder
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony import events as ev
from voiceagent.telephony.events import Recorded

ENDED = (house_time() - timedelta(days=1)).replace(hour=12)  # a day of its own, whenever the tests run
ANNA, BERT = "annabell7", "bertolt8"  # +49301annabell7: numbers of nobody, and easily found among bytes
NUMBER = "+49301" + ANNA
PAST = "2029-01-01T00:00:00Z"
NOTICE = PrivacyNotice(
    contact="privacy@acme.example", purposes=("to answer questions on orders",), recipients=("Acme Logistics",)
)
DSAR = {
    "kind": "dsar",
    "purpose": "access",
    "organisation": "Acme",
    "filter": {"subject": {"numbers": [NUMBER]}},
    "identity_check": "document",
    "deliver_by": "known_address",
}


@pytest.fixture(scope="module")
def identity() -> SigningIdentity:
    return new_identity("voiceagent test", NOON)


@pytest.fixture
def write(house: House, identity: SigningIdentity) -> Callable[[str], Any]:
    """The job as the jobs process has it."""
    parts = SubjectParts(pepper=lambda _: PEPPER, number_pepper=PEPPER, rules=RULES, notice=NOTICE)
    recordings = StoredRecordings(in_folder(house.blob_root / "recordings"), house.data_keys)
    export = CallExport(house.records, recordings, aside=to_the_end, subject_parts=parts)
    names = house.parts.sealed_names.of_kind(EXPORT)
    job = ExportWriting(export, house.records, house.parts.packages, lambda *_: identity, names, house.parts.clock)
    return lambda export_id: job.run(order(export_id))


async def call(house: House, name: str, who: str, *, transfer: str = "sip:colleague@pbx") -> None:
    """A recorded call of `who`, in which the caller sounds like 1s and the agent like 2s, with a spoken yes."""
    root = house.blob_root / "recordings"
    log = log_of(name, ENDED)
    sealed = await _sound(root, name, f"rec_{name}")
    clip = await _sound(root, name, f"clip_{name}")
    kept = ev.ConsentAnswerKept(
        clip_id=f"clip_{name}",
        purpose="recording",
        path=clip.path,
        sha256=clip.sha256,
        size_bytes=clip.size_bytes,
        start_ms=5000,
        duration_ms=clip.duration_ms,
    )
    events = [_of(one.event, who, name, sealed, transfer) for one in log]
    events.insert(-2, kept)
    entries = [
        Recorded(call_id=CallId(name), tenant_id=TENANT, seq=seq, at=log[0].at, event=event)
        for seq, event in enumerate(events, 1)
    ]
    await RecordsWriter(house.records.engine).write(entries)


async def _sound(root: Path, name: str, recording: str) -> ev.RecordingSealed:
    recorder = StereoRecorder(root, CallId(name), recording, 0)
    for _ in range(5):
        recorder.write(b"\1\0" * 320, b"\2\0" * 320)
    sealed = await recorder.seal()
    assert isinstance(sealed, ev.RecordingSealed)
    return sealed


def _of(event: ev.CallEvent, who: str, name: str, sealed: ev.RecordingSealed, transfer: str) -> ev.CallEvent:
    match event:
        case ev.CallStarted():
            return replace(event, caller=f"+49301{who}")
        case ev.CallbackRequested():
            return replace(event, number=f"+49301{who}")
        case ev.RecordingSealed():
            return sealed
        case ev.TransferRequested():
            return replace(event, target=transfer)
        case _:
            return event


async def asked(house: House, **more: Any) -> dict[str, Any]:
    answer = await house.post("/v1/exports", {**DSAR, **more})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def package(house: House, write: Callable[[str], Any], folder: Path, **more: Any) -> tuple[dict, Path]:
    export_id = (await asked(house, **more))["id"]
    await write(export_id)
    path = folder / f"{export_id}.zip"
    path.write_bytes((await house.get(f"/v1/exports/{export_id}/download")).content)
    return (await house.get(f"/v1/exports/{export_id}")).json(), path


def contents(path: Path) -> dict[str, bytes]:
    """The files by their names; the payloads of signed vCons in clear, so that a search looks into them too."""
    with zipfile.ZipFile(path) as files:
        found = {name: files.read(name) for name in files.namelist()}
    return {name: data + payload_of(data) if name.endswith(".jws") else data for name, data in found.items()}


def payload_of(signed: bytes) -> bytes:
    payload = json.loads(signed)["payload"]
    return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))


def rows(found: dict[str, bytes], table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in found.get(f"records/{table}.jsonl", b"").splitlines()]


def told(found: dict[str, bytes]) -> str:
    return found["your-data.html"].decode()


async def test_T_GD_8_a_package_has_all_of_the_person_and_nothing_of_anybody_else(house, write, tmp_path):
    for name, who in (("c1", ANNA), ("of_bertolt8", BERT), ("c3", ANNA)):
        await call(house, name, who)

    export, path = await package(house, write, tmp_path)

    found = contents(path)
    everything = b"\n".join(found.values())
    assert verify_package(path).findings == ()
    assert (export["state"], export["counts"]["calls"], export["counts"]["calls_in_range"]) == ("ready", 2, 2)
    words = [word for name in ("c1", "c3") for words in canaries(name).values() for word in words]
    unasked = ("joberror", "proposed", "@10.0.0.7", "+49301")  # of jobs and effects, which these calls have not
    assert [word for word in words if word.encode() not in everything and not any(u in word for u in unasked)] == []
    assert NUMBER.encode() in everything
    for mine in (BERT.encode(), b"sip:colleague"):
        assert mine not in everything, mine
    assert [len(rows(found, table)) for table in ("segments", "consents", "tool_calls", "consent_clips")] == [
        6,
        6,
        2,
        2,
    ]
    assert {row["media_state"] for row in (*rows(found, "recordings"), *rows(found, "consent_clips"))} == {"delivered"}
    assert {row["call_id"] for row in rows(found, "events")} == {"c1", "c3"}


async def test_T_GD_8_the_other_voice_can_be_silenced_while_its_words_stay(house, write, tmp_path):
    await call(house, "c1", ANNA)

    _, path = await package(house, write, tmp_path, mask_other_voices=True)

    found = contents(path)
    (recording,), (clip,) = rows(found, "recordings"), rows(found, "consent_clips")
    for one in (recording, clip):
        with wave.open(io.BytesIO(found[one["media"]])) as sound:
            frames = sound.readframes(sound.getnframes())
        assert set(zip(frames[0::4], frames[1::4], strict=True)) == {(1, 0)}
        assert set(frames[2::4] + frames[3::4]) == {0}
    assert recording["media_state"] == "other_voice_silenced"
    assert verify_package(path).outcome is Outcome.GOOD
    assert {row["speaker"] for row in rows(found, "segments")} == {"caller", "agent"}
    assert "the other side is silent" in told(found)


async def test_T_GD_11_each_call_is_a_vcon_that_other_systems_read(house, write, tmp_path):
    await call(house, "c1", ANNA)

    _, path = await package(house, write, tmp_path)

    with zipfile.ZipFile(path) as files:
        found = files.namelist()
        (name,) = [one for one in found if one.startswith("vcon/")]
        vcon = json.loads(payload_of(files.read(name)))
    assert vcon["parties"][0]["role"] == "customer"
    assert {one["type"] for one in vcon["analysis"]} == {"transcript", "report"}
    assert {"consent", "disclosure", "notice"} <= {one["purpose"] for one in vcon["attachments"]}
    media = vcon["dialog"][0]["content_hash"].removeprefix("sha512-")
    assert f"media/{media}.wav" in found
    assert verify_package(path).outcome is Outcome.GOOD  # which validates it against the schema


async def test_the_page_says_what_is_there_for_what_how_long_and_who_gets_it(house, write, tmp_path):
    await call(house, "c1", ANNA)
    await house.post("/v1/webhooks", {"url": "https://crm.example/hook", "event_types": ["call.ended"]})
    suppressed = {"number": "+4930155512345", "source": "spoken"}
    await house.post("/v1/suppressions", suppressed)

    _, path = await package(
        house,
        write,
        tmp_path,
        filter={"subject": {"numbers": ["+49 (30) 155 51 23 45"], "call_ids": ["c1"]}},
        received_at="2026-01-31T10:00:00+01:00",
    )

    page, found = told(contents(path)), contents(path)
    for line in (
        "Your data at Acme",
        "You asked for your data on 2026-01-31",
        "an official document",
        "to answer questions on orders",
        "Acme Logistics",
        "crm.example",
        f"recordings of your voice (calls: 1): until {(ENDED + timedelta(days=30)).date()}",
        f"what you were told and what you agreed to (calls: 1): until {(ENDED + timedelta(days=2192)).date()}",
        "privacy@acme.example",
        "The letter that came with this package says so.",  # automated decisions: not in the settings
    ):
        assert line in page, line
    (entry,) = rows(found, "do_not_call")
    assert (entry["source"], "recorded_by" in entry, "number_hash" in entry) == ("spoken", False, False)


async def test_lists_of_people_to_be_called_that_they_are_on_are_told(house, write, tmp_path):
    number = "+4930155512345"
    async with house.records.unit_of_work(TENANT) as work:
        await add_campaign(work, TENANT, house.parts.contact_seals, {"c1": number, "c2": "+4930155512346"}, PEPPER)
        await work.commit()

    _, path = await package(house, write, tmp_path, filter={"subject": {"numbers": [number], "call_ids": []}})

    (entry,) = rows(contents(path), "campaign_contacts")
    assert (entry["reference"], entry["state"]) == ("c1", "waiting")
    assert not {"sealed", "number_hash"} & entry.keys()


async def test_who_has_no_data_is_told_so(house, write, tmp_path):
    await call(house, "c2", BERT)

    export, path = await package(house, write, tmp_path)

    assert export["counts"]["calls_in_range"] == 0
    assert verify_package(path).outcome is Outcome.GOOD
    assert "We hold no data of you" in told(contents(path))


async def test_T_GD_9_of_whom_was_erased_the_package_says_when_and_holds_no_word(house, write, tmp_path):
    await call(house, "c1", ANNA)
    parts = replace(parts_of(house.records, house.blob_root, SetClock(ENDED)), pepper=lambda _: PEPPER)
    await Erasure(parts).run(TENANT, await approved(parts, [NUMBER]))

    _, path = await package(house, write, tmp_path)

    found = contents(path)
    everything = b"\n".join(data for name, data in found.items() if name not in ("manifest.json", "manifest.jws"))
    gone = [word for letter, words in canaries("c1").items() if letter is not ContentClass.CONSENT for word in words]
    assert [word for word in gone if word.encode() in everything] == []
    assert "Calls of which we have erased what we may erase, because you asked for it: 1." in told(found)
    assert f"went on {ENDED.date()}" in told(found)
    assert [row["kind"] for row in rows(found, "consents")] != []  # kept, and read: Art. 17(3)(e)


async def test_T_GD_17_a_day_goes_by_in_which_the_person_is_told_and_can_stop_an_impostor(house, write):
    await call(house, "c1", ANNA)
    await house.post("/v1/webhooks", {"url": "https://crm.example/hook", "event_types": ["export.requested"]})
    clock = LaterClock()
    async with later_house(house, clock) as later:
        export_id = (await later.post("/v1/exports", json=DSAR)).json()["id"]
        await write(export_id)
        ways = (("GET", "download"), ("POST", "links"))
        at_once = [await later.request(how, f"/v1/exports/{export_id}/{what}", json={}) for how, what in ways]
        shown = (await later.get(f"/v1/exports/{export_id}")).json()
        clock.after = timedelta(hours=24)
        next_day = [await later.request(how, f"/v1/exports/{export_id}/{what}", json={}) for how, what in ways]
        await later.delete(f"/v1/exports/{export_id}")
        stopped = await later.get(f"/v1/exports/{export_id}/download")

    async with house.records.engine.begin() as connection:
        owed = (await connection.execute(text("SELECT event_type, export_id FROM webhook_deliveries"))).all()
    assert [answer.status_code for answer in (*at_once, *next_day, stopped)] == [409, 409, 200, 201, 409]
    assert "tell the person now" in at_once[0].json()["detail"]
    assert (shown["state"], shown["download_count"], shown["subject"]["deliver_by"]) == ("ready", 0, "known_address")
    assert [tuple(row) for row in owed] == [("export.requested", export_id)]


class LaterClock(SystemClock):
    after = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.after


@asynccontextmanager
async def later_house(house: House, clock: LaterClock) -> AsyncIterator[httpx.AsyncClient]:
    """The API as it is set up usually, with that clock."""
    app = create_app(replace(house.parts, clock=clock, cancel_window=CANCEL_WINDOW))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=house.bearer()) as client:
        yield client


async def test_a_package_of_one_person_goes_with_their_erasure_and_with_nobody_elses(house, write, tmp_path):
    await call(house, "c1", ANNA)
    await call(house, "c2", BERT)
    export, _ = await package(house, write, tmp_path)
    parts = replace(parts_of(house.records, house.blob_root, SetClock(ENDED)), pepper=lambda _: PEPPER)

    states = []
    for who in (BERT, ANNA):
        await Erasure(parts).run(TENANT, await approved(parts, [f"+49301{who}"], request_id=f"erq_{who}"))
        states.append((await house.get(f"/v1/exports/{export['id']}")).json()["state"])

    assert states == ["ready", "deleted"]
    async with house.records.unit_of_work(TENANT) as work:
        assert "taken" not in (await work.exports.get(export["id"])).filter


@pytest.mark.parametrize(("took", "offered"), [("c1", False), ("c2", True)])
async def test_a_package_that_was_being_written_is_offered_unless_it_took_what_was_erased(house, took, offered):
    export_id = (await asked(house))["id"]
    written = Written(counts={}, manifest_sha256="0", size_bytes=1, call_ids=(took,))

    async with house.records.unit_of_work(TENANT) as work:
        await work.exports.begin(export_id, NOON)
        withdrawn = await work.exports.withdraw_with(["c1"], NOON)
        done = await work.exports.finish(export_id, written, NOON)
        found = await work.exports.get(export_id)

    assert (withdrawn, done, found.state == "ready") == ([], offered, offered)
    assert "erased" not in found.filter


@pytest.mark.parametrize(
    ("held", "line"),
    [
        (True, "Calls that are locked: 1."),
        (False, "Calls that are being erased at this time, because you asked for it: 1."),
    ],
)
async def test_what_an_erasure_has_locked_is_left_out_and_told(house, write, tmp_path, held, line):
    await call(house, "c1", ANNA)
    if held:
        await house.post("/v1/legal-holds", {"matter": "1/30", "reason": "court", "selector": {"call_id": "c1"}})
    parts = replace(parts_of(house.records, house.blob_root, SetClock(ENDED)), pepper=lambda _: PEPPER)
    request_id = await approved(parts, [NUMBER])
    for _ in range(9 if held else 3):
        await Erasure(parts).advance(TENANT, request_id)

    export, path = await package(house, write, tmp_path)

    assert (export["counts"]["calls"], export["counts"]["calls_erasure"]) == (0, 1)
    assert line in told(contents(path))
    assert verify_package(path).outcome is Outcome.GOOD
    assert b"heard c1" not in b"".join(contents(path).values())


async def test_the_number_is_sealed_while_it_is_needed_and_then_forgotten(house, write, caplog):
    await call(house, "c1", ANNA)
    await house.write("c9", *(), tenant=STRANGER)

    async def stored() -> list[Any]:
        async with house.records.engine.begin() as connection:
            found = await connection.execute(text("SELECT exports::text, names FROM exports"))
            return [tuple(row) for row in found]

    export = await asked(house)
    ((before, sealed),) = await stored()
    await write(export["id"])
    ((after, gone),) = await stored()

    assert (sealed is not None, gone) == (True, None)
    assert ANNA not in before + after + json.dumps(export) + caplog.text
    assert export["subject"]["numbers"] == 1
    audit = (await house.get(f"/v1/audit-events?object={export['id']}")).text
    assert [one["action"] for one in json.loads(audit)["items"]] == ["export.ready", "export.requested"]
    async with house.records.engine.begin() as connection:
        details = (await connection.execute(text("SELECT string_agg(details::text, ' ') FROM audit_details"))).scalar()
    assert "document" in details
    assert ANNA not in details + audit


REFUSED = (
    ({"identity_check": None}, "how you know that this person asks"),
    ({"deliver_by": None}, "on a way known before"),
    ({"deliver_by": "new_email"}, "'in_person'"),
    ({"filter": {"everything": True}}, "whose data it is"),
    ({"filter": {"subject": {}}}, "name the person by numbers"),
    ({"filter": {"subject": {"numbers": [NUMBER]}, "everything": True}}, "say which calls"),
    ({"kind": "bulk"}, "whose data it is"),
    (
        {
            "kind": "audit",
            "filter": {"everything": True},
            "identity_check": None,
            "deliver_by": None,
            "received_at": PAST,
        },
        "belong",
    ),
    ({"received_at": "2999-01-01T00:00:00Z"}, "in the future"),
    ({"filter": {"subject": {"numbers": [" "]}}}, "a number is empty"),
    (
        {"purpose": "she wrote from 030 / 111-222 today", "filter": {"subject": {"numbers": ["+49 30 111222"]}}},
        "leave their number out",
    ),
    ({"organisation": f"of {NUMBER}"}, "leave their number out"),
)


async def test_a_request_that_names_nobody_or_too_many_is_refused_with_what_to_do(house):
    answers = [await house.post("/v1/exports", {**DSAR, **change}) for change, _ in REFUSED]

    assert [(answer.status_code, said in answer.text) for answer, (_, said) in zip(answers, REFUSED, strict=True)] == [
        (400, True)
    ] * len(REFUSED)
    assert (await house.get("/v1/exports")).json()["items"] == []


async def test_the_commands_of_the_how_to_do_what_it_says(house, write, run, tmp_path):  # noqa: F811
    await call(house, "c1", "11222")  # the number on the page
    page = (Path(__file__).parents[3] / "docs/how-to/answer-a-dsar.md").read_text()
    create, get, download, verify = (shlex.split(line)[1:] for line in block(page, "sh").splitlines())
    out = tmp_path / "anna.zip"

    asked_for = await run(*create, "--mask-other-voices")
    export_id = asked_for.output.split()[0]
    await write(export_id)
    own = {"exp_01KAJ...": export_id, "anna.zip": str(out)}
    shown = await run(*(own.get(word, word) for word in get))
    downloaded = await run(*(own.get(word, word) for word in download))
    again = await run(*(own.get(word, word) for word in download))
    verified = CliRunner().invoke(commands, [own.get(word, word) for word in verify])

    assert "the person's access to their data" in asked_for.output
    assert "to be answered by 2026-12-01" in shown.output
    assert "audit verify --package" in downloaded.output
    assert (verified.exit_code, "as it was signed: 1 calls" in verified.output) == (0, True)
    assert "cannot be written" in str(again.exception)
    assert out.stat().st_mode & 0o077 == 0


async def test_a_number_is_for_a_persons_export_only(run):  # noqa: F811
    refused = await run("exports", "create", "audit", "--number", NUMBER, "--purpose", "audit")

    assert "are for a person's data (dsar)" in str(refused.exception)


def test_the_settings_of_the_how_to_are_settings():
    page = (Path(__file__).parents[3] / "docs/how-to/answer-a-dsar.md").read_text()

    notice = PrivacySettings.model_validate(yaml.safe_load(block(page, "yaml"))["privacy"]).notice

    assert notice.contact == "privacy@acme.example"
    assert all(asdict(notice).values())


def block(page: str, language: str) -> str:
    """The first code block of a page."""
    return page.split(f"```{language}\n")[1].split("```", maxsplit=1)[0]
