from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.core.termination import Reason, Result
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.cdr import CallStatus, ConsentState, DisclosureStatus, RecordingState, fold_all
from voiceagent.telephony.event_codec import Unrecognised
from voiceagent.telephony.events import CallEnded, CallerSaid, CallStarted, ConsentDenied, Recorded, RecordingStarted
from voiceagent.testing.sample_call import STARTED_AT, recorded, sample_events

TENANT = TenantId("default")


@pytest.fixture
def writer(engine: AsyncEngine) -> RecordsWriter:
    return RecordsWriter(engine)


@pytest.fixture
def call_id() -> CallId:
    return CallId(new_id("call"))


async def _everything(records: Records, call_id: CallId) -> dict[str, Any]:
    async with records.unit_of_work(TENANT) as work:
        return {
            "call": await work.calls.get(call_id),
            "events": list(await work.contents.events(call_id)),
            "transcript": list(await work.contents.transcript(call_id)),
            "consent": list(await work.contents.consent(call_id)),
            "tool_calls": list(await work.contents.tool_calls(call_id)),
            "legs": list(await work.contents.legs(call_id)),
            "recordings": list(await work.contents.recordings(call_id)),
        }


async def test_a_call_becomes_rows_in_every_table(records: Records, writer: RecordsWriter, call_id: CallId) -> None:
    log = recorded(call_id, sample_events())

    written = await writer.write(log)

    assert written == len(log)
    found = await _everything(records, call_id)
    call = found["call"]
    assert (call.status, call.disclosure, call.consent) == (
        CallStatus.ENDED,
        DisclosureStatus.COMPLETED,
        ConsentState.GRANTED,
    )
    assert (call.recording, call.response_latencies_ms, call.barge_ins) == (RecordingState.SEALED, (250,), 1)
    assert (call.answered_at, call.ended_at) == (log[3].at, log[-1].at)
    assert [segment.text for segment in found["transcript"]] == ["where is my order", "One moment", "It was shipped."]
    assert [row.kind for row in found["consent"]] == ["disclosure_played", "notice_played", "granted"]
    assert [(row.name, row.result) for row in found["tool_calls"]] == [("get_orders", {"state": "shipped"})]
    assert [(row.codec, row.packets_lost) for row in found["legs"]] == [("PCMU/8000", 2)]
    assert [(row.state, row.size_bytes) for row in found["recordings"]] == [("sealed", 640_044)]
    assert [row.seq for row in found["events"]] == list(range(1, len(log) + 1))


async def test_events_that_come_again_change_nothing(records: Records, writer: RecordsWriter, call_id: CallId) -> None:
    log = recorded(call_id, sample_events())
    await writer.write(log)
    before = await _everything(records, call_id)

    again = [await writer.write(log), await writer.write(log[4:9] * 2), await writer.write(log[-1:])]

    assert again == [0, 0, 0]
    assert await _everything(records, call_id) == before


@pytest.mark.parametrize("cuts", [(1,), (7, 13), (2, 3, 4, 19)])
async def test_batches_give_the_same_records_as_one(
    records: Records, writer: RecordsWriter, call_id: CallId, cuts: tuple[int, ...]
) -> None:
    log = recorded(call_id, sample_events())

    for begin, end in zip((0, *cuts), (*cuts, None), strict=True):
        await writer.write(log[begin:end])

    async with records.unit_of_work(TENANT) as work:
        assert await work.calls.get(call_id) == fold_all(log)


async def test_parts_of_a_log_that_arrive_in_the_wrong_order_give_the_right_records(
    records: Records, writer: RecordsWriter, call_id: CallId
) -> None:
    log = recorded(call_id, sample_events())
    (began,) = (one for one in log if isinstance(one.event, RecordingStarted))
    await writer.write(log[began.seq :])

    await writer.write(log[: began.seq])

    found = await _everything(records, call_id)
    assert found["call"] == fold_all(log)
    assert len(found["transcript"]) == 3
    assert [(row.state, row.started_at, row.start_ms) for row in found["recordings"]] == [("sealed", began.at, 5200)]


async def test_consent_taken_back_is_written_as_withdrawn(
    records: Records, writer: RecordsWriter, call_id: CallId
) -> None:
    denial = ConsentDenied(purpose="recording", method="voice", question_sha256="f" * 64, at_ms=9000)
    log = recorded(call_id, [*sample_events()[:9], denial])

    await writer.write(log[:9])
    await writer.write(log[9:])

    found = await _everything(records, call_id)
    assert found["call"].consent is ConsentState.WITHDRAWN
    assert found["consent"][-1].kind == "withdrawn"


async def test_an_event_of_a_newer_version_is_kept_as_it_is(
    records: Records, writer: RecordsWriter, call_id: CallId
) -> None:
    newer = Unrecognised(type_name="call.teleported", data={"to": "Mars", "at_ms": 12})
    log = recorded(call_id, [*sample_events()[:3], newer, *sample_events()[3:5]])

    await writer.write(log[:4])
    await writer.write(log[4:])
    await writer.write(log[2:5])

    found = await _everything(records, call_id)
    assert (found["events"][3].type, found["events"][3].data) == ("call.teleported", {"to": "Mars", "at_ms": 12})
    assert found["call"].disclosure is DisclosureStatus.COMPLETED


async def test_bytes_that_postgres_refuses_do_not_stop_a_call(
    records: Records, writer: RecordsWriter, call_id: CallId
) -> None:
    start = CallStarted(direction="inbound", transport="sip", caller="a\x00b\udc80", callee="'; DROP TABLE calls; --")

    await writer.write(recorded(call_id, [start]))

    async with records.unit_of_work(TENANT) as work:
        call = await work.calls.get(call_id)
    assert (call.caller, call.callee) == ("a\ufffdb\ufffd", "'; DROP TABLE calls; --")


async def test_a_batch_with_a_refused_value_writes_nothing(
    records: Records, writer: RecordsWriter, call_id: CallId
) -> None:
    too_long = CallEnded(result=Result.SUCCESS, reason=Reason.CALLER_HUNG_UP, duration_ms=2**40)
    log = recorded(call_id, [*sample_events()[:5], too_long])

    with pytest.raises(DBAPIError):
        await writer.write(log)

    async with records.unit_of_work(TENANT) as work:
        assert (await work.contents.counts(call_id)).call_events == 0


async def test_the_log_and_the_evidence_cannot_be_changed_in_the_database(
    engine: AsyncEngine, writer: RecordsWriter, call_id: CallId
) -> None:
    await writer.write(recorded(call_id, sample_events()))

    for statement in ("UPDATE call_events SET type = 'x'", "UPDATE consent_events SET kind = 'granted'"):
        with pytest.raises(DBAPIError, match="never changed"):
            async with engine.begin() as connection:
                await connection.execute(text(statement))


def _lost(call_id: str, seq: int) -> Recorded:
    end = CallEnded(result=Result.SERVER, reason=Reason.GATEWAY_LOST)
    return recorded(call_id, [end], first_seq=seq)[0]


async def test_events_of_a_lost_gateway_that_arrive_late_come_before_the_reapers_end(
    records: Records, writer: RecordsWriter, call_id: CallId
) -> None:
    late = CallerSaid(text="late", start_ms=1, end_ms=2, understood=True, confidence=1.0)
    log = recorded(call_id, [*sample_events()[:6], late, late])
    await writer.write(log[:6])
    await writer.write([_lost(call_id, 7)])

    await writer.write(log[6:])

    found = await _everything(records, call_id)
    assert [event.type for event in found["events"]][5:] == [
        "disclosure.played",
        "caller.said",
        "caller.said",
        "call.ended",
    ]
    assert (found["call"].status, found["call"].reason) == (CallStatus.ENDED, "gateway_lost")
    assert len(found["transcript"]) == 2


async def test_the_real_end_replaces_the_reapers(records: Records, writer: RecordsWriter, call_id: CallId) -> None:
    log = recorded(call_id, sample_events())
    await writer.write(log[:12])
    await writer.write([_lost(call_id, 13)])

    await writer.write(log[12:16])
    await writer.write(log[16:])

    found = await _everything(records, call_id)
    assert found["call"] == fold_all(log)
    assert [event.seq for event in found["events"]] == list(range(1, len(log) + 1))


async def test_writers_side_by_side_fold_every_event_once(engine: AsyncEngine, records: Records) -> None:
    import asyncio

    calls = [CallId(new_id("call")) for _ in range(4)]
    logs = {call: recorded(call, sample_events()) for call in calls}
    batches = [[logs[call][at] for call in order] for at in range(20) for order in (calls, calls[::-1])]

    await asyncio.gather(*(RecordsWriter(engine).write(batch) for batch in batches))

    for call in calls:
        async with records.unit_of_work(TENANT) as work:
            assert await work.calls.get(call) == fold_all(logs[call])


async def test_pages_show_every_call_once_and_newest_first(records: Records, writer: RecordsWriter) -> None:
    from voiceagent.records.repositories.calls import CallCursor

    for minute in range(7):
        event = CallStarted(direction="inbound", transport="sip", caller="1", callee="2")
        at = STARTED_AT + timedelta(minutes=minute // 2)  # ties
        call = CallId(new_id("call"))
        await writer.write([Recorded(call_id=call, tenant_id=TENANT, seq=1, at=at, event=event)])

    async with records.unit_of_work(TENANT) as work:
        everything = await work.calls.list(limit=100)
        pages, cursor = [], None
        while page := await work.calls.list(limit=2, after=cursor):
            pages.extend(page)
            cursor = CallCursor(started_at=page[-1].started_at, call_id=page[-1].call_id)

    assert pages == list(everything)
    assert len(pages) == 7
    assert [call.started_at for call in pages] == sorted((call.started_at for call in pages), reverse=True)


async def test_another_tenant_sees_nothing(records: Records, writer: RecordsWriter, call_id: CallId) -> None:
    from voiceagent.core.errors import NotFound

    await writer.write(recorded(call_id, sample_events()))

    async with records.unit_of_work(TenantId("other")) as work:
        listed = await work.calls.list(limit=10)
        counts = await work.contents.counts(call_id)
        with pytest.raises(NotFound):
            await work.calls.get(call_id)
        with pytest.raises(NotFound):
            await work.contents.recording(call_id)
        assert list(await work.contents.events(call_id)) == []
    assert list(listed) == []
    assert (counts.calls, counts.call_events) == (0, 0)
