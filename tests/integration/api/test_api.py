"""The API over real Postgres and Redis, asked in process."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tests.integration.api.house import NOON, PEPPER, STRANGER, TENANT, TOKENS, House, log_of
from voiceagent.api.app import create_app
from voiceagent.api.body_limit import MAX_BODY_BYTES
from voiceagent.api.parts import ApiParts
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.compliance.withholding import withhold
from voiceagent.control.commands import CommandReader, HangUpCall
from voiceagent.control.connection import RedisConnection
from voiceagent.control.presence import GatewayPresence, Presence, WorkerPresence
from voiceagent.control.streams import EventLine, EventStream
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, LegId, UtteranceId
from voiceagent.core.termination import Reason, Result
from voiceagent.records.at_rest.encryption import RecordingEncryption
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.secrets import mint_api_key
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony import events as ev
from voiceagent.telephony.event_codec import encode
from voiceagent.telephony.events import Recorded

STARTED = ev.CallStarted(
    direction="inbound", transport="sip", caller="+15550001", callee="+15550100", profile="orders", profile_version=1
)
CONSENTED = ev.ConsentGranted(purpose="recording", method="voice", question_sha256="f" * 64, at_ms=800)
ANSWERED = ev.LegAnswered(leg_id=LegId("leg_1"), codec="PCMU")
SAID = ev.CallerSaid(text="where is my order", start_ms=900, end_ms=2_000, understood=True, confidence=0.9)
FLOOR = ev.FloorTaken(at_ms=2_300, utterance_id=UtteranceId("utt_1"), caller_ended_ms=2_000, response_latency_ms=310)
REPLIED = ev.AgentSaid(
    utterance_id=UtteranceId("utt_1"),
    kind="reply",
    planned="on its way",
    played="on its way",
    start_ms=2_310,
    end_ms=3_000,
    completed=True,
)
TRANSFER_REQUESTED = ev.TransferRequested(
    reference="ref_1", target="sip:people@pbx", at_ms=3_000, intent="complaint", slots={"order": "4821"}
)
ENDED = ev.CallEnded(result=Result.SUCCESS, reason=Reason.CALLER_HUNG_UP, duration_ms=4_000)


async def test_a_call_shows_everything_that_its_events_say(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID, FLOOR, REPLIED, ENDED)

    call = (await house.get("/v1/calls/call_1")).json()

    assert call["status"] == "completed"
    assert (call["from"], call["to"], call["codec"]) == ("+15550001", "+15550100", "PCMU")
    assert call["agent"] == {"profile": "orders", "version": 1}
    assert (call["ended_reason"], call["ended_by"], call["duration_ms"]) == ("caller_hung_up", "caller", 4_000)
    assert call["latency"] == {"responses": 1, "reaction_p50_ms": 310, "reaction_p95_ms": 310}
    assert call["consent"] == {"recording": "none"}


async def test_calls_are_listed_page_by_page_newest_first_without_doubles(house: House) -> None:
    for number in range(5):
        at = NOON + timedelta(minutes=number // 2)  # some begin in the same moment
        await house.write(f"call_{number}", STARTED, at=at)

    pages, cursor = [], ""
    while True:
        page = (await house.get(f"/v1/calls?limit=2&cursor={cursor}")).json()
        pages.append([call["id"] for call in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert pages == [["call_4", "call_3"], ["call_2", "call_1"], ["call_0"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=completed", ["call_done"]),
        ("status=in_progress", ["call_live"]),
        ("status=ringing", []),
        ("from=%2B15550002", ["call_live"]),
        ("started_after=2030-01-01T12:30:00Z", ["call_live"]),
        ("started_before=2030-01-01T12:30:00Z", ["call_done"]),
        ("direction=outbound", []),
    ],
)
async def test_calls_can_be_filtered(house: House, query: str, expected: list[str]) -> None:
    await house.write("call_done", STARTED, ANSWERED, ENDED)
    await house.write("call_live", replace(STARTED, caller="+15550002"), ANSWERED, at=NOON + timedelta(hours=1))

    page = (await house.get(f"/v1/calls?{query}")).json()

    assert [call["id"] for call in page["items"]] == expected


async def test_events_come_page_by_page(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID)

    first = (await house.get("/v1/calls/call_1/events?limit=2")).json()
    second = (await house.get(f"/v1/calls/call_1/events?after_seq={first['next_after_seq']}")).json()

    assert [event["type"] for event in first["items"]] == ["call.started", "leg.answered"]
    assert [event["data"]["text"] for event in second["items"]] == ["where is my order"]
    assert second["next_after_seq"] is None


async def test_the_transcript_has_the_words_in_order(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID, REPLIED)

    transcript = (await house.get("/v1/calls/call_1/transcript")).json()

    assert [(one["speaker"], one["text"]) for one in transcript["segments"]] == [
        ("caller", "where is my order"),
        ("agent", "on its way"),
    ]


async def test_another_tenants_call_looks_like_none_on_every_route(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, SAID)

    for path in ("", "/events", "/transcript", "/recording"):
        response = await house.get(f"/v1/calls/call_1{path}", STRANGER)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    live = await house.get("/v1/calls/call_1/events", STRANGER, accept="text/event-stream")
    hang_up = await house.post("/v1/calls/call_1/actions/hangup", tenant=STRANGER)
    listed = await house.get("/v1/calls", STRANGER)

    assert (live.status_code, hang_up.status_code) == (404, 404)
    assert listed.json()["items"] == []


def messages(text: str) -> list[dict[str, object]]:
    return [json.loads(line.removeprefix("data: ")) for line in text.split("\n") if line.startswith("data: ")]


async def publish(house: House, recorded: Sequence[Recorded]) -> None:
    await EventStream(house.redis).show(
        [EventLine(call_id=one.call_id, seq=one.seq, line=encode(one)) for one in recorded]
    )


async def test_live_events_are_the_backlog_and_then_what_happens_until_the_call_ends(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED)
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(house.get("/v1/calls/call_1/events", accept="text/event-stream"))
        await asyncio.sleep(0.1)
        await publish(house, log_of("call_1", [SAID, FLOOR], first=3))
        await asyncio.sleep(0.1)
        await publish(house, log_of("call_1", [REPLIED, ENDED], first=5))

    response = watching.result()
    assert response.headers["content-type"].startswith("text/event-stream")
    assert [message["seq"] for message in messages(response.text)] == [1, 2, 3, 4, 5, 6]
    assert re.findall(r"^id: (\d+)$", response.text, re.MULTILINE) == ["1", "2", "3", "4", "5", "6"]
    assert messages(response.text)[-1]["type"] == "call.ended"


async def test_a_hole_in_the_live_stream_is_filled_from_the_records(house: House) -> None:
    await house.write("call_1", STARTED)
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(house.get("/v1/calls/call_1/events", accept="text/event-stream"))
        await asyncio.sleep(0.1)
        await publish(house, log_of("call_1", [ENDED], first=3))
        await RecordsWriter(house.records.engine).write(log_of("call_1", [ANSWERED, ENDED], first=2))

    assert [message["seq"] for message in messages(watching.result().text)] == [1, 2, 3]


async def test_a_client_that_comes_back_gets_what_it_missed_and_then_no_content(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, ENDED)

    missed = await house.get("/v1/calls/call_1/events", accept="text/event-stream", last_event_id="1")
    nothing = await house.get("/v1/calls/call_1/events", accept="text/event-stream", last_event_id="3")
    nonsense = await house.get("/v1/calls/call_1/events", accept="text/event-stream", last_event_id="x")

    assert [message["seq"] for message in messages(missed.text)] == [2, 3]
    assert nothing.status_code == 204
    assert nonsense.status_code == 400


async def record(house: House, path: str, audio: bytes = b"0123456789") -> None:
    started = ev.RecordingStarted(recording_id="rec_1", at_ms=0)
    sealed = ev.RecordingSealed(
        recording_id="rec_1",
        path=path,
        sha256=hashlib.sha256(audio).hexdigest(),
        size_bytes=len(audio),
        start_ms=0,
        duration_ms=4_000,
    )
    await house.write("call_1", STARTED, ANSWERED, started, sealed, ENDED)


async def test_a_recording_is_served_whole_and_in_parts(house: House) -> None:
    (house.blob_root / "ten_a").mkdir()
    (house.blob_root / "ten_a" / "rec_1.wav").write_bytes(b"0123456789")
    await record(house, "ten_a/rec_1.wav")

    whole = await house.get("/v1/calls/call_1/recording")
    part = await house.get("/v1/calls/call_1/recording", range="bytes=2-4")
    beyond = await house.get("/v1/calls/call_1/recording", range="bytes=50-")

    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, b"0123456789", "audio/wav")
    assert whole.headers["accept-ranges"] == "bytes"
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert beyond.status_code == 416


async def test_an_encrypted_recording_is_served_the_same_and_a_changed_one_is_not(house: House) -> None:
    audio = bytes(range(256)) * 1000
    (house.blob_root / "rec_1.wav").write_bytes(audio)
    await record(house, "rec_1.wav", audio)
    await RecordingEncryption(house.records.engine, house.data_keys, in_folder(house.blob_root), SystemClock()).run(
        TENANT, "rec_1"
    )

    whole = await house.get("/v1/calls/call_1/recording")
    part = await house.get("/v1/calls/call_1/recording", range="bytes=65530-65540")
    end = await house.get("/v1/calls/call_1/recording", range="bytes=-3", if_range=whole.headers["etag"])
    other = await house.get("/v1/calls/call_1/recording", range="bytes=-3", if_range='"of another file"')
    encrypted = house.blob_root / "rec_1.wav.enc"
    encrypted.chmod(0o600)
    encrypted.write_bytes(encrypted.read_bytes()[:-1])
    cut = await house.get("/v1/calls/call_1/recording")

    assert (whole.status_code, whole.content) == (200, audio)
    assert (part.status_code, part.content) == (206, audio[65530:65541])
    assert (end.status_code, end.content) == (206, audio[-3:])
    assert (other.status_code, len(other.content)) == (200, len(audio))
    assert (cut.status_code, cut.json()["code"]) == (500, "damaged")


@pytest.mark.parametrize("path", ["../outside.wav", "/etc/hostname"])
async def test_a_recording_outside_of_the_blob_root_is_not_found(house: House, path: str) -> None:
    (house.blob_root.parent / "outside.wav").write_bytes(b"secret")
    await record(house, path)

    response = await house.get("/v1/calls/call_1/recording")

    assert response.status_code == 404
    assert path not in response.text


async def test_hang_up_reaches_the_gateway_that_runs_the_call(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED)
    await Presence(house.redis).announce_gateway(
        GatewayPresence(gateway_id="sip-0", kind="sip", lines=4), {CallId("call_1"): TENANT}
    )

    response = await house.post("/v1/calls/call_1/actions/hangup")
    (command,) = await CommandReader(house.redis, "sip-0").read()

    assert response.status_code == 202
    assert isinstance(command, HangUpCall)
    assert command.call_id == "call_1"
    assert command.by.startswith("key_")


async def test_a_call_that_has_ended_or_runs_nowhere_cannot_be_hung_up(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, ENDED)
    await house.write("call_2", STARTED, ANSWERED)

    ended = await house.post("/v1/calls/call_1/actions/hangup")
    lost = await house.post("/v1/calls/call_2/actions/hangup")

    assert (ended.status_code, ended.json()["code"]) == (409, "conflict")
    assert lost.status_code == 409


async def test_a_talk_token_is_one_that_the_gateway_takes(house: House) -> None:
    response = await house.post("/v1/webrtc/tokens", {"profile": "orders", "subject": "anna", "lifetime_s": 60})

    minted = response.json()
    claims = TOKENS.verify(minted["token"], now=SystemClock().now().timestamp())
    assert response.status_code == 201
    assert (claims.tenant_id, claims.profile, claims.subject) == (TENANT, "orders", "anna")
    assert minted["url"] == f"http://127.0.0.1:8081/talk#token={minted['token']}"


async def test_a_talk_token_needs_a_profile_of_the_tenant_and_a_sane_lifetime(house: House) -> None:
    unknown = await house.post("/v1/webrtc/tokens", {"profile": "orders"}, STRANGER)
    long = await house.post("/v1/webrtc/tokens", {"profile": "orders", "lifetime_s": 90_000})

    assert unknown.status_code == 404
    assert (long.status_code, long.json()["code"]) == (400, "bad_input")
    assert "lifetime_s" in long.json()["detail"]


async def test_no_key_and_no_scope_are_told_apart(house: House) -> None:
    minted = mint_api_key()
    async with house.records.unit_of_work(TENANT) as work:
        await work.api_keys.add("reader", minted, frozenset({"calls:read"}), NOON)
        await work.commit()
    reader = {"Authorization": f"Bearer {minted.plain}"}

    anonymous = await house.client.get("/v1/calls")
    wrong = await house.client.get("/v1/calls", headers={"Authorization": "Bearer va_live_0_wrong"})
    may_not = await house.client.post("/v1/calls/call_1/actions/hangup", headers=reader)
    may = await house.client.get("/v1/calls", headers=reader)

    assert (anonymous.status_code, wrong.status_code) == (401, 401)
    assert anonymous.headers["www-authenticate"] == "Bearer"
    assert (may_not.status_code, may_not.json()["code"]) == (403, "forbidden")
    assert may.status_code == 200


@pytest.mark.parametrize("announced", [True, False])
async def test_a_stranger_cannot_make_us_hold_a_large_body(house: House, announced: bool) -> None:
    taken = 0

    async def upload() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(1_000):
            taken += 1_024
            yield b" " * 1_024

    length = {"Content-Length": str(1_000 * 1_024)} if announced else {}
    headers = {"Content-Type": "application/json", **length}
    response = await house.client.post("/v1/webrtc/tokens", content=upload(), headers=headers)

    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert taken == (0 if announced else MAX_BODY_BYTES + 1_024)


async def test_every_answer_has_an_id_and_security_headers_and_no_cors(house: House) -> None:
    response = await house.client.get("/v1/nothing", headers={"Origin": "https://elsewhere.example"})

    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["x-request-id"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in response.headers


async def test_ready_means_stores_and_a_worker(house: House) -> None:
    without = await house.client.get("/readyz")
    await Presence(house.redis).announce_worker(WorkerPresence(worker_id="w", url="ws://127.0.0.1:1", slots=4))
    with_worker = await house.client.get("/readyz")

    assert without.status_code == 503
    assert without.json()["checks"]["postgres"] == "ok"
    assert "no worker" in without.json()["checks"]["worker"]
    assert (with_worker.status_code, with_worker.json()["status"]) == (200, "ready")


async def test_metrics_show_calls_latencies_and_the_moment(house: House) -> None:
    now = SystemClock().now() - timedelta(seconds=30)
    await house.write("call_1", STARTED, ANSWERED, SAID, FLOOR, ENDED, at=now)
    await house.write("call_2", STARTED, ANSWERED, at=now)
    await Presence(house.redis).announce_worker(WorkerPresence(worker_id="w", url="ws://127.0.0.1:1", slots=4))
    for gateway_id, unaided in (("sip-0", 2), ("sip-1", 1)):
        gateway = GatewayPresence(gateway_id=gateway_id, kind="sip", lines=4, unaided_texts=unaided)
        await Presence(house.redis).announce_gateway(gateway, {})

    await house.client.get("/metrics")
    text = (await house.client.get("/metrics")).text

    assert 'voiceagent_calls_total{reason="caller_hung_up",result="success",transport="sip"} 1.0' in text
    assert "voiceagent_calls_running 1.0" in text
    assert 'voiceagent_response_latency_seconds_bucket{le="0.4"} 1.0' in text
    assert "voiceagent_worker_slots 4.0" in text
    assert "voiceagent_redaction_unaided_texts 3.0" in text
    assert 'voiceagent_queue_length{queue="records"} 0.0' in text
    assert "voiceagent_postgres_up 1.0" in text


async def test_redis_away_costs_metrics_their_gauges_and_live_events_nothing(house: House) -> None:
    await house.write("call_1", STARTED, ANSWERED, ENDED)
    nowhere = RedisConnection("redis://127.0.0.1:1/0")
    app = create_app(
        ApiParts(
            records=house.records,
            redis=nowhere,
            talk_tokens=TOKENS,
            recordings=StoredRecordings(in_folder(house.blob_root), house.data_keys),
            clock=SystemClock(),
            webhook_secret_of=lambda _endpoint, _version: "",
            check_webhook_url=lambda _url: None,
            rules=rule_book(),
            number_pepper=PEPPER,
            sealed_names=house.parts.sealed_names,
            contact_seals=house.parts.contact_seals,
            tenant_pepper=house.parts.tenant_pepper,
            packages=PackageStore(house.blob_root / "exports"),
            export_link_key=b"for links",
        )
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        metrics = await client.get("/metrics")
        ready = await client.get("/readyz")
        live = await client.get("/v1/calls/call_1/events", headers={**house.bearer(), "Accept": "text/event-stream"})
    await nowhere.close()

    assert "voiceagent_redis_up 0.0" in metrics.text
    assert "Redis does not answer" in ready.json()["checks"]["redis"]
    assert [message["seq"] for message in messages(live.text)] == [1, 2, 3]


async def test_the_openapi_document_names_every_error_as_a_problem(house: House) -> None:
    document = (await house.client.get("/openapi.json")).json()

    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert "422" not in operation["responses"]
            if path.startswith("/v1/"):
                assert {"401", "403", "500", "503"} <= set(operation["responses"])
                assert "application/problem+json" in operation["responses"]["401"]["content"]
                assert operation["security"]


def wanted(callback_id: str) -> ev.CallbackRequested:
    return ev.CallbackRequested(
        callback_id=callback_id, number="+15550001", reason="unreached", intent="complaint", at_ms=5_000
    )


async def test_the_person_who_takes_a_call_finds_out_what_it_is_about_by_its_reference(house: House) -> None:
    await house.write("call_1", STARTED, CONSENTED, SAID, TRANSFER_REQUESTED)
    ringing = (await house.get("/v1/transfers/ref_1")).json()
    await house.write(
        "call_1", STARTED, CONSENTED, SAID, TRANSFER_REQUESTED, ev.Transferred(reference="ref_1", at_ms=9_000), ENDED
    )
    answered = (await house.get("/v1/transfers/ref_1")).json()

    assert (ringing["state"], ringing["from"], ringing["call_id"]) == ("requested", "+15550001", "call_1")
    assert ringing["summary"]["slots"] == {"order": "4821"}
    assert ringing["summary"]["last_lines"] == [{"speaker": "caller", "text": "where is my order"}]
    assert "wants: complaint (order 4821)" in ringing["summary"]["text"]
    assert (answered["state"], answered["summary"]) == ("completed", ringing["summary"])


async def test_a_transfer_that_failed_says_with_what(house: House) -> None:
    failed = ev.TransferFailed(reference="ref_1", reason="refused", at_ms=4_000, sip_code=503)
    await house.write("call_1", STARTED, TRANSFER_REQUESTED, failed)
    transfer = (await house.get("/v1/transfers/ref_1")).json()

    assert (transfer["state"], transfer["sip_code"]) == ("failed", 503)


@pytest.mark.parametrize(
    ("outcome", "state", "sip_code"),
    [
        (ev.TransferFailed(reference="ref_1", reason="refused", at_ms=4_000, sip_code=503), "failed", 503),
        (ev.Transferred(reference="ref_1", at_ms=9_000), "completed", None),
    ],
    ids=["failed", "completed"],
)
async def test_a_transfer_whose_outcome_is_written_before_its_request_reads_the_same(
    house: House, outcome: ev.CallEvent, state: str, sip_code: int | None
) -> None:
    for call_id, reference, order in (("call_1", "ref_1", (0, 1, 2, 3)), ("call_2", "ref_2", (0, 1, 3, 2))):
        requested = replace(TRANSFER_REQUESTED, reference=reference)
        log = log_of(call_id, [STARTED, CONSENTED, requested, replace(outcome, reference=reference)])
        for place in order:
            await RecordsWriter(house.records.engine).write([log[place]])
    in_order, late = [(await house.get(f"/v1/transfers/{reference}")).json() for reference in ("ref_1", "ref_2")]

    assert (in_order["state"], in_order["sip_code"]) == (state, sip_code)
    assert late == {**in_order, "reference": "ref_2", "call_id": "call_2"}


async def test_without_consent_the_summary_is_withheld(house: House) -> None:
    await house.write(
        "call_1", STARTED, *(withhold(event, may_keep_words=False) for event in (SAID, TRANSFER_REQUESTED))
    )
    summary = (await house.get("/v1/transfers/ref_1")).json()["summary"]

    assert summary["withheld"]
    assert (summary["intent"], summary["slots"], summary["last_lines"]) == ("", {}, [])


async def test_another_tenants_transfers_and_callbacks_look_like_none(house: House) -> None:
    await house.write("call_1", STARTED, TRANSFER_REQUESTED, wanted("cbk_1"))
    listed = await house.get("/v1/callbacks", STRANGER)
    transfer = await house.get("/v1/transfers/ref_1", STRANGER)
    closed = await house.post("/v1/callbacks/cbk_1/actions/close", {"outcome": "reached"}, STRANGER)

    assert listed.json()["items"] == []
    assert (transfer.status_code, closed.status_code) == (404, 404)


async def test_callbacks_are_listed_page_by_page_and_who_has_waited_longest_comes_first(house: House) -> None:
    for number in (3, 1, 2):
        await house.write(f"call_{number}", STARTED, wanted(f"cbk_{number}"), at=NOON + timedelta(hours=number))
    first = (await house.get("/v1/callbacks?limit=2")).json()
    second = (await house.get(f"/v1/callbacks?limit=2&cursor={first['next_cursor']}")).json()

    assert [one["id"] for one in first["items"]] == ["cbk_1", "cbk_2"]
    assert ([one["id"] for one in second["items"]], second["next_cursor"]) == (["cbk_3"], None)
    assert first["items"][0]["number"] == "+15550001"


async def test_a_callback_is_closed_once_and_stays_closed_when_its_event_comes_again(house: House) -> None:
    await house.write("call_1", STARTED, wanted("cbk_1"))
    closed = await house.post("/v1/callbacks/cbk_1/actions/close", {"outcome": "reached"})
    again = await house.post("/v1/callbacks/cbk_1/actions/close", {"outcome": "not_wanted"})
    wrong = await house.post("/v1/callbacks/cbk_1/actions/close", {"outcome": "perhaps"})
    await house.write("call_1", STARTED, wanted("cbk_1"), ENDED)
    done = (await house.get("/v1/callbacks?state=closed")).json()["items"]

    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert (again.status_code, again.json()["code"], wrong.status_code) == (409, "conflict", 400)
    assert [(one["id"], one["outcome"]) for one in done] == [("cbk_1", "reached")]
    assert (await house.get("/v1/callbacks")).json()["items"] == []
