"""Whoever reads or changes a record over the API is in the audit log, or is refused."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.api.house import NOON, STRANGER, TENANT, House
from tests.integration.api.test_api import ANSWERED, ENDED, SAID, STARTED, TRANSFER_REQUESTED
from voiceagent.api.refusals import Refusal, RefusalLog
from voiceagent.core.clock import SystemClock
from voiceagent.records.audit.entry import INSTALLATION
from voiceagent.records.repositories.audit import AuditFilter, StoredAct
from voiceagent.records.secrets import mint_api_key
from voiceagent.telephony import events as ev


async def log_of(house: House, action: str = "", tenant: str = TENANT) -> list[StoredAct]:
    """Oldest first."""
    async with house.records.unit_of_work(tenant) as work:
        return list(await work.audit.list(limit=100, where=AuditFilter(action=action)))[::-1]


async def key_of(house: House) -> str:
    async with house.records.unit_of_work(TENANT) as work:
        [key] = await work.api_keys.list()
    return key.id


async def sealed_recording(house: House) -> None:
    Path(house.blob_root / "call_1.wav").write_bytes(b"RIFF" + bytes(96))
    await house.write(
        "call_1",
        STARTED,
        ANSWERED,
        ev.ConsentGranted(purpose="recording", method="voice", question_sha256="f" * 64, at_ms=800),
        ev.RecordingStarted(recording_id="rec_1", at_ms=900),
        ev.RecordingSealed(
            recording_id="rec_1",
            path="call_1.wav",
            sha256="a" * 64,
            size_bytes=100,
            start_ms=900,
            duration_ms=10,
            channels=2,
        ),
        ENDED,
    )


async def test_a_reader_of_a_transcript_is_named_with_the_request(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID)

    answer = await house.get("/v1/calls/call_1/transcript")

    [act] = await log_of(house, "transcript.read")
    assert answer.status_code == 200
    assert (act.entry.actor_kind, act.entry.actor_id) == ("api_key", await key_of(house))
    assert (act.entry.object_kind, act.entry.object_id) == ("call", "call_1")
    assert act.entry.request_id == answer.headers["x-request-id"]
    assert act.details == {"ip": "127.0.0.1"}


async def test_a_recording_is_read_with_the_bytes_that_were_asked_for(house: House) -> None:
    await sealed_recording(house)

    part = await house.get("/v1/calls/call_1/recording", range="bytes=4-9")
    whole = await house.get("/v1/calls/call_1/recording")

    assert (part.status_code, whole.status_code) == (206, 200)
    found = [act.details for act in await log_of(house, "recording.read")]
    assert [details and (details["bytes"], details["sha256"]) for details in found] == [
        ("bytes=4-9", "a" * 64),
        ("all", "a" * 64),
    ]


async def test_events_and_transfers_are_read_and_live_watchers_are_one_entry(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID, TRANSFER_REQUESTED, ENDED)

    await house.get("/v1/calls/call_1/events?after_seq=1&limit=2")
    await house.get("/v1/calls/call_1/events", accept="text/event-stream")
    await house.get("/v1/transfers/ref_1")

    found = [(act.entry.action, act.details and act.details.get("live")) for act in await log_of(house)]
    assert found[-3:] == [("events.read", False), ("events.read", True), ("transfer.read", None)]


async def test_what_is_not_there_or_of_another_tenant_is_not_read(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID)
    before = len(await log_of(house, tenant=STRANGER))

    for path in ("events", "transcript", "recording"):
        assert (await house.get(f"/v1/calls/call_1/{path}", STRANGER)).status_code == 404

    assert len(await log_of(house, tenant=STRANGER)) == before
    assert await log_of(house, "transcript.read") == []


@pytest.mark.parametrize("path", ["events", "transcript", "recording"])
async def test_reading_is_refused_when_it_cannot_be_noted(house: House, owner_engine: AsyncEngine, path: str) -> None:
    await sealed_recording(house)
    async with owner_engine.begin() as connection:
        await connection.execute(text("ALTER TABLE audit_details RENAME TO gone"))

    answer = await house.get(f"/v1/calls/call_1/{path}")

    assert answer.status_code == 500
    assert "where is my order" not in answer.text


async def test_reading_waits_for_the_log_and_is_refused_when_that_takes_too_long(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID)
    async with house.records.engine.begin() as connection:
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended('audit_log:' || :tenant, 0))"), {"tenant": TENANT}
        )
        answer = await house.get("/v1/calls/call_1/transcript")

    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


async def test_the_first_key_of_a_tenant_and_its_profiles_are_in_the_log(house: House) -> None:
    profile, key = await log_of(house)

    assert (profile.entry.action, key.entry.action) == ("agent_profile.changed", "api_key.minted")
    assert key.entry.object_id == await key_of(house)
    assert key.details is not None
    assert "audit:read" in key.details["scopes"]
    assert house.keys[TENANT] not in str(key)


async def test_audit_events_come_page_by_page_newest_first_for_their_tenant_only(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID)
    for _ in range(3):
        await house.get("/v1/calls/call_1/transcript")

    pages, cursor = [], ""
    while True:
        page = (await house.get(f"/v1/audit-events?limit=2&cursor={cursor}")).json()
        pages.append([event["seq"] for event in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    [event] = (await house.get("/v1/audit-events?action=transcript.read&limit=1&object=call_1")).json()["items"]
    nobody = (await house.get("/v1/audit-events?actor=key_of_another")).json()["items"]
    strangers = (await house.get("/v1/audit-events", STRANGER)).json()["items"]

    assert pages == [[5, 4], [3, 2], [1]]
    assert (event["seq"], event["object"], event["details"]) == (
        5,
        {"type": "call", "id": "call_1"},
        {"ip": "127.0.0.1"},
    )
    assert nobody == []
    assert [event["action"] for event in strangers] == ["api_key.minted"]
    assert (await house.get("/v1/audit-events?object=%00")).status_code == 400


async def test_the_log_needs_a_scope_of_its_own(house: House) -> None:
    minted = mint_api_key()
    async with house.records.unit_of_work(TENANT) as work:
        key = await work.api_keys.add("reader", minted, frozenset({"calls:read"}), NOON)
        await work.commit()

    answer = await house.client.get("/v1/audit-events", headers={"Authorization": f"Bearer {minted.plain}"})

    [refused] = await log_of(house, "auth.refused")
    assert answer.status_code == 403
    assert (refused.entry.actor_id, refused.entry.reason, refused.entry.result) == (key.id, "scope", "refused")


async def test_refused_keys_are_noted_without_their_secret(house: House) -> None:
    unknown = mint_api_key()
    over = mint_api_key()
    async with house.records.unit_of_work(TENANT) as work:
        await work.api_keys.add("old", over, frozenset({"calls:read"}), NOON, NOON - timedelta(days=10_000))
        await work.commit()

    for plain in (unknown.plain, over.plain, "va_live_my@address_1"):
        await house.client.get("/v1/calls", headers={"Authorization": f"Bearer {plain}"})
    await house.client.get("/v1/calls")

    own = [(act.entry.reason, act.entry.actor_kind) for act in await log_of(house, "auth.refused")]
    others = await log_of(house, tenant=INSTALLATION)
    assert own == [("key_over", "api_key")]
    assert [(act.entry.reason, act.entry.actor_id) for act in others] == [
        ("unknown_key", unknown.prefix),
        ("unknown_key", ""),
        ("no_key", ""),
    ]
    assert unknown.plain not in str(others)


async def test_a_flood_of_refusals_is_a_few_entries(house: House) -> None:
    refusals = RefusalLog(house.records, SystemClock())
    for number in range(3_000):
        await refusals.note(Refusal(reason="unknown_key", ip=f"192.0.2.{number % 250}"))
    at_once = len(await log_of(house, tenant=INSTALLATION))
    await refusals.flush()

    found = await log_of(house, tenant=INSTALLATION)
    assert (at_once, len(found)) == (20, 41)
    assert sum(act.details["times"] for act in found if act.details) == 3_000


async def test_readers_at_the_same_time_are_all_noted(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID)

    answers = await asyncio.gather(*(house.get("/v1/calls/call_1/transcript") for _ in range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len(await log_of(house, "transcript.read")) == 8


async def test_whoever_changes_a_webhook_is_named(house: House) -> None:
    body = {"url": "https://hooks.example.com/voice", "event_types": ["call.ended"]}
    made = (await house.post("/v1/webhooks", body)).json()
    for action in ("disable", "enable", "rotate-secret"):
        await house.post(f"/v1/webhooks/{made['id']}/actions/{action}")
    await house.client.delete(f"/v1/webhooks/{made['id']}", headers=house.bearer())

    found = [act for act in await log_of(house) if act.entry.object_kind == "webhook"]
    assert [act.entry.action for act in found] == [
        "webhook.added",
        "webhook.switched",
        "webhook.switched",
        "webhook.secret_changed",
        "webhook.removed",
    ]
    assert {(act.entry.object_id, act.entry.actor_id) for act in found} == {(made["id"], await key_of(house))}
    assert made["secret"] not in str(found)
