"""From the events of calls, through the records writer and Postgres, to a package that is verified without either."""

import asyncio
import hashlib
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.compliance.exports.export import CallExport
from voiceagent.compliance.exports.request import ExportRequest, from_data, to_data
from voiceagent.compliance.exports.verdict import Outcome
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.compliance.signing_identity import SigningIdentity, new_identity
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import BadInput, Conflict, NotFound
from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.encryption import RecordingEncryption
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.audit.anchors import AnchorFiles
from voiceagent.records.audit.checkpoints import CheckpointWriter
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.engine import create_engine
from voiceagent.records.recording import StereoRecorder
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.capture_events import TAIL_MS
from voiceagent.telephony.events import (
    CallEvent,
    CallRefused,
    CallStarted,
    CaptureEnded,
    CaptureStarted,
    RecordingSealed,
    RecordingSilenced,
    RecordingStarted,
)
from voiceagent.testing.sample_call import STARTED_AT, recorded, sample_events
from voiceagent.testing.sample_dossier import dossier_of

TENANT = TenantId("default")


@pytest.fixture(scope="module")
def identity() -> SigningIdentity:
    return new_identity("voiceagent test", STARTED_AT)


@pytest.fixture
def writer(engine: AsyncEngine) -> RecordsWriter:
    return RecordsWriter(engine)


@pytest.fixture
def request_for_all() -> ExportRequest:
    return ExportRequest(
        export_id="exp_1",
        tenant_id=TENANT,
        organisation="Acme Inc",
        requester="alice",
        purpose="audit",
        created_at=STARTED_AT + timedelta(days=1),
        until=STARTED_AT + timedelta(days=1),
    )


async def _export(
    records: Records, path: Path, request: ExportRequest, identity: SigningIdentity, blob_root: Path
) -> list[tuple[int, int]]:
    heard: list[tuple[int, int]] = []
    recordings = StoredRecordings(in_folder(blob_root), DataKeys(records.engine, LocalKeys(blob_root.parent / "keys")))
    with PackageWriter(path, request, identity, version="0.1.0") as package:
        await CallExport(records, recordings).run(request, package, progress=lambda done, of: heard.append((done, of)))
    return heard


async def _recorded_call(call_id: CallId, blob_root: Path) -> list[CallEvent]:
    """The sample call with a recording that was really made."""
    events = list(sample_events())
    at = next(at for at, event in enumerate(events) if isinstance(event, RecordingSealed))
    started = next(event for event in events if isinstance(event, RecordingStarted))
    recorder = StereoRecorder(blob_root, call_id, started.recording_id, started.at_ms)
    for _ in range(60):
        recorder.write(b"\1\0" * 320, b"\2\0" * 320)
    sealed = await recorder.seal()
    assert sealed is not None
    events[at] = sealed
    return events


def _rows(package: Path, table: str) -> list[dict]:
    with zipfile.ZipFile(package) as files:
        return [json.loads(line) for line in files.read(f"records/{table}.jsonl").splitlines()]


async def test_a_call_goes_from_its_events_to_a_package_that_is_good(
    records: Records, writer: RecordsWriter, identity, request_for_all, tmp_path: Path
) -> None:
    call_id, refused = CallId(new_id("call")), CallId(new_id("call"))
    await writer.write(recorded(call_id, await _recorded_call(call_id, tmp_path / "recordings")))
    start = CallStarted(direction="inbound", transport="sip", caller="=cmd()", callee="1")
    await writer.write(recorded(refused, [start, _refusal()]))

    heard = await _export(records, tmp_path / "e.zip", request_for_all, identity, tmp_path / "recordings")

    verdict = verify_package(tmp_path / "e.zip")
    assert (verdict.outcome, verdict.findings, verdict.calls) == (Outcome.GOOD, (), 2)
    assert heard == [(1, 2), (2, 2)]
    assert [row["text"] for row in _rows(tmp_path / "e.zip", "segments")] == [
        "where is my order",
        "One moment",
        "It was shipped.",
    ]
    assert [row["kind"] for row in _rows(tmp_path / "e.zip", "consents")] == [
        "disclosure_played",
        "notice_played",
        "granted",
    ]
    (recording,) = _rows(tmp_path / "e.zip", "recordings")
    with zipfile.ZipFile(tmp_path / "e.zip") as files:
        assert hashlib.sha256(files.read(recording["media"])).hexdigest() == recording["sha256"]
        assert b"'=cmd()" in files.read("records/calls.csv")


async def test_a_recording_that_is_encrypted_at_rest_is_delivered_as_it_was_sealed(
    engine: AsyncEngine, records: Records, writer: RecordsWriter, identity, request_for_all, tmp_path: Path
) -> None:
    call_id, root = CallId(new_id("call")), tmp_path / "recordings"
    await writer.write(recorded(call_id, await _recorded_call(call_id, root)))
    await _export(records, tmp_path / "before.zip", request_for_all, identity, root)
    (recording,) = _rows(tmp_path / "before.zip", "recordings")
    keys = DataKeys(engine, LocalKeys(tmp_path / "keys"))
    await RecordingEncryption(engine, keys, in_folder(root), SystemClock()).run(TENANT, recording["id"])

    await _export(records, tmp_path / "after.zip", request_for_all, identity, root)

    assert [path.suffix for path in root.rglob("*.*")] == [".enc"]
    assert (tmp_path / "after.zip").read_bytes() == (tmp_path / "before.zip").read_bytes()


async def test_a_recording_whose_key_was_destroyed_is_missing_and_the_rest_is_delivered(
    engine: AsyncEngine, records: Records, writer: RecordsWriter, identity, request_for_all, tmp_path: Path
) -> None:
    call_id, root = CallId(new_id("call")), tmp_path / "recordings"
    log = recorded(call_id, await _recorded_call(call_id, root))
    await writer.write(log)
    (recording,) = (one.event.recording_id for one in log if isinstance(one.event, RecordingStarted))
    keys = DataKeys(engine, LocalKeys(tmp_path / "keys"))
    await RecordingEncryption(engine, keys, in_folder(root), SystemClock()).run(TENANT, recording)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE data_keys SET wrapped = NULL, shredded_at = now()"))

    await _export(records, tmp_path / "e.zip", request_for_all, identity, root)

    assert _rows(tmp_path / "e.zip", "recordings")[0]["media_state"] == "missing"
    assert verify_package(tmp_path / "e.zip").outcome is Outcome.GOOD


async def test_a_recording_is_muted_where_its_words_were_masked_and_left_out_where_they_are_raw_or_gone(
    engine: AsyncEngine, records: Records, writer: RecordsWriter, identity, request_for_all, tmp_path: Path
) -> None:
    root = tmp_path / "recordings"
    for name, words in (("call_raw", "raw"), ("call_masked", "redacted"), ("call_gone", "redacted")):
        events = await _recorded_call(CallId(name), root)
        own = {CallStarted: {"words": words}, RecordingStarted: {"recording_id": name}}
        own[RecordingSealed] = own[RecordingStarted]
        changed = [replace(one, **own.get(type(one), {})) for one in events]
        await writer.write(recorded(CallId(name), changed))
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM transcript_segments WHERE call_id = 'call_gone'"))
        purged = "INSERT INTO call_purges VALUES ('call_gone', 'T', 'default', now(), 'term')"
        await connection.execute(text(purged))

    await _export(records, tmp_path / "e.zip", replace(request_for_all, mute_masked=True), identity, root)

    states = {row["call_id"]: row["media_state"] for row in _rows(tmp_path / "e.zip", "recordings")}
    assert states == {"call_raw": "not_masked", "call_masked": "masked_turns_silenced", "call_gone": "not_masked"}


def _refusal() -> CallRefused:
    from voiceagent.core.termination import Reason

    return CallRefused(sip_code=404, reason=Reason.UNKNOWN_NUMBER, explanation="no such number", source="192.0.2.1")


async def test_T_EXP_1_the_request_in_the_manifest_makes_the_same_bytes_again(
    records: Records, writer: RecordsWriter, identity, request_for_all, tmp_path: Path
) -> None:
    for _ in range(3):
        await writer.write(recorded(CallId(new_id("call")), sample_events()))
    await _export(records, tmp_path / "e.zip", request_for_all, identity, tmp_path)
    with zipfile.ZipFile(tmp_path / "e.zip") as files:
        request = from_data(json.loads(files.read("manifest.json"))["request"])
    later = [replace(one, at=one.at + timedelta(days=2)) for one in recorded(CallId(new_id("call")), sample_events())]
    await writer.write(later)  # after what was asked for

    await _export(records, tmp_path / "again.zip", request, identity, tmp_path)

    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "e.zip").read_bytes()


async def test_T_EXP_2_pages_leave_no_call_out_and_show_none_twice(
    engine: AsyncEngine, records: Records, writer: RecordsWriter, identity, request_for_all, tmp_path: Path
) -> None:
    """Calls that began in the same instant are the hard case: more of them than a page holds."""
    calls = [CallId(new_id("call")) for _ in range(230)]
    for call in calls:
        start, *_, end = sample_events()
        await writer.write(recorded(call, [start, end]))

    await _export(records, tmp_path / "e.zip", replace(request_for_all, media=False), identity, tmp_path)

    assert [row["call_id"] for row in _rows(tmp_path / "e.zip", "calls")] == sorted(calls)
    assert verify_package(tmp_path / "e.zip").outcome is Outcome.GOOD


async def test_T_EXP_2_only_what_was_asked_for_is_there(
    records: Records, writer: RecordsWriter, identity, request_for_all, tmp_path: Path
) -> None:
    ours, other_tenants, running = (CallId(new_id("call")) for _ in range(3))
    await writer.write(recorded(ours, sample_events()))
    await writer.write(recorded(other_tenants, sample_events(), tenant="somebody else"))
    await writer.write(recorded(running, sample_events()[:9]))

    await _export(records, tmp_path / "all.zip", request_for_all, identity, tmp_path)
    since = replace(request_for_all, since=STARTED_AT + timedelta(seconds=1))
    await _export(records, tmp_path / "none.zip", since, identity, tmp_path)

    assert [row["call_id"] for row in _rows(tmp_path / "all.zip", "calls")] == [ours]
    with zipfile.ZipFile(tmp_path / "all.zip") as files:
        told = json.loads(files.read("manifest.json"))["completeness"]
    assert told["excluded"] == [{"reason": "not_ended", "count": 1, "call_ids": [running]}]
    assert _rows(tmp_path / "none.zip", "calls") == []
    assert verify_package(tmp_path / "none.zip").outcome is Outcome.GOOD


async def test_one_call_that_is_not_there_or_goes_on_is_told(
    records: Records, writer: RecordsWriter, identity, request_for_all, tmp_path: Path
) -> None:
    running = CallId(new_id("call"))
    await writer.write(recorded(running, sample_events()[:9]))

    nowhere = replace(request_for_all, call_id=CallId("call_nowhere"))

    with pytest.raises(NotFound, match="no call call_nowhere"):
        await _export(records, tmp_path / "e.zip", nowhere, identity, tmp_path)
    with pytest.raises(Conflict, match="has not ended"):
        await _export(records, tmp_path / "e.zip", replace(request_for_all, call_id=running), identity, tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_calls_that_change_while_they_are_read_are_seen_as_they_were(
    engine: AsyncEngine, records: Records, writer: RecordsWriter, request_for_all
) -> None:
    call_id = CallId(new_id("call"))
    await writer.write(recorded(call_id, sample_events()))

    async with records.unit_of_work(TENANT) as work:
        await work.dossiers.hold_still()
        before = await work.dossiers.page(request_for_all.within, limit=10)
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM transcript_segments"))
        after = await work.dossiers.page(request_for_all.within, limit=10)

    assert list(before) == list(after)
    assert len(after[0].segments) == 3


async def test_what_was_captured_in_a_call_is_read_from_its_log_and_no_other(
    records: Records, writer: RecordsWriter, request_for_all
) -> None:
    events = list(sample_events())
    captured = [
        CaptureStarted(slot="card", at_ms=900),
        CaptureEnded(slot="card", reason="complete", at_ms=1200),
        RecordingSilenced(recording_id="rec_1", start_ms=1300, end_ms=1700, reason="card"),
    ]
    log = recorded(CallId(new_id("call")), [*events[:-1], *captured, events[-1]])
    await writer.write(log)
    await writer.write(recorded(CallId(new_id("call")), sample_events()))

    async with records.unit_of_work(TENANT) as work:
        page = await work.dossiers.page(request_for_all.within, limit=10)

    (span,) = dossier_of(log).captures
    assert {one.record.call_id: one.captures for one in page if one.captures} == {log[0].call_id: (span,)}
    assert span.until == log[-3].at + timedelta(milliseconds=TAIL_MS)
    said = {one.record.call_id: one.silenced for one in page if one.silenced}
    assert said == {log[0].call_id: dossier_of(log).silenced}
    assert (said[log[0].call_id][0].start_ms, said[log[0].call_id][0].end_ms) == (1300, 1700)


async def test_a_snapshot_outlasts_the_recordings_that_are_read_between_two_pages(
    database: dict[str, str], writer: RecordsWriter, request_for_all, monkeypatch: pytest.MonkeyPatch
) -> None:
    await writer.write(recorded(CallId(new_id("call")), sample_events()))
    monkeypatch.setattr("voiceagent.records.engine._SERVER_OPTIONS", "-c idle_in_transaction_session_timeout=100")
    impatient = create_engine(database["database_jobs_url"], pool_size=1)

    async with Records(impatient).unit_of_work(TENANT) as work:
        await work.dossiers.hold_still()
        await asyncio.sleep(0.4)
        page = await work.dossiers.page(request_for_all.within, limit=10)

    await impatient.dispose()
    assert len(page) == 1


def test_an_id_that_is_none_of_ours_names_no_file(request_for_all: ExportRequest) -> None:
    with pytest.raises(BadInput, match="none of ours"):
        from_data({**to_data(request_for_all), "export_id": "exp_1/../../elsewhere"})


async def test_T_EXP_1_the_audit_log_of_the_calls_is_in_the_package_as_it_was_when_it_was_asked_for(
    engine: AsyncEngine, records: Records, writer: RecordsWriter, identity, request_for_all, tmp_path: Path
) -> None:
    key, clock = Ed25519PrivateKey.generate(), SystemClock()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    async with records.unit_of_work(TENANT) as work:
        await work.tenants.ensure(TENANT, "default", clock.now())
        await work.commit()
    call_id = CallId(new_id("call"))
    await writer.write(recorded(call_id, sample_events()))
    checkpoints = CheckpointWriter(engine, key, AnchorFiles(tmp_path / "anchors"), clock)
    await checkpoints.write(all_of_it=True)
    asked = replace(request_for_all, created_at=clock.now(), until=clock.now())
    export = CallExport(
        records, StoredRecordings(in_folder(tmp_path), DataKeys(engine, LocalKeys(tmp_path))), audit_keys=pem
    )

    for name in ("e.zip", "again.zip"):
        with PackageWriter(tmp_path / name, asked, identity, version="0.1.0") as package:
            await export.run(asked, package, progress=lambda _done, _of: None)
        await writer.write([replace(one, at=clock.now()) for one in recorded(CallId(new_id("call")), sample_events())])
        await checkpoints.write(all_of_it=True)

    with zipfile.ZipFile(tmp_path / "e.zip") as files:
        noted = [json.loads(line) for line in files.read("audit/entries.jsonl").splitlines()]
    assert {one["object"]["id"] for one in noted} == {call_id}
    assert {"consent.granted", "recording.sealed"} <= {one["action"] for one in noted}
    assert verify_package(tmp_path / "e.zip").outcome is Outcome.GOOD
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "e.zip").read_bytes()
