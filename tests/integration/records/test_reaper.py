from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.ids import CallId, TenantId, new_id
from voiceagent.records.reaper import Reaper
from voiceagent.records.recording import relative_path
from voiceagent.records.unit_of_work import Records
from voiceagent.records.wav_file import HEADER_BYTES, WavFile
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.cdr import CallStatus
from voiceagent.telephony.events import ConsentDenied, RecordingStarted
from voiceagent.testing.sample_call import STARTED_AT, recorded, sample_events

TENANT = TenantId("default")
LATER = STARTED_AT + timedelta(minutes=1)


@pytest.fixture
def writer(engine: AsyncEngine) -> RecordsWriter:
    return RecordsWriter(engine)


@pytest.fixture
def reaper(engine: AsyncEngine, writer: RecordsWriter, tmp_path: Path) -> Reaper:
    return Reaper(engine, writer, tmp_path)


async def test_a_call_of_a_lost_gateway_is_closed_with_its_reason(
    records: Records, writer: RecordsWriter, reaper: Reaper
) -> None:
    call = CallId(new_id("call"))
    await writer.write(recorded(call, sample_events()[:12]))

    reaped = await reaper.close([call], LATER)

    assert [end.seq for end in reaped.closed] == [13]
    async with records.unit_of_work(TENANT) as work:
        record = await work.calls.get(call)
        events = await work.contents.events(call)
    assert (record.status, record.reason, record.result) == (CallStatus.ENDED, "gateway_lost", "server")
    assert (record.ended_at, record.duration_ms) == (LATER, 800)  # from the answer to the last event that we know
    assert events[-1].type == "call.ended"


async def test_the_recording_that_a_lost_gateway_left_open_is_sealed_before_the_end(
    records: Records, writer: RecordsWriter, reaper: Reaper, tmp_path: Path
) -> None:
    call = CallId(new_id("call"))
    started = next(event for event in sample_events() if isinstance(event, RecordingStarted))
    events = [*sample_events()[:3], started]
    await writer.write(recorded(call, events))
    WavFile(tmp_path / relative_path(call, started.recording_id)).write(0, bytes(64_000))

    reaped = await reaper.close([call], LATER)

    assert [entry.event.TYPE for entry in reaped.closed] == ["recording.sealed", "call.ended"]
    async with records.unit_of_work(TENANT) as work:
        record = await work.calls.get(call)
        (recording,) = await work.contents.recordings(call)
    assert (record.status, record.recording) == (CallStatus.ENDED, "sealed")
    assert (recording.state, recording.duration_ms, recording.size_bytes) == ("sealed", 1000, 64_000 + HEADER_BYTES)


async def test_the_recording_of_a_caller_who_took_the_consent_back_is_removed(
    records: Records, writer: RecordsWriter, reaper: Reaper, tmp_path: Path
) -> None:
    call = CallId(new_id("call"))
    started = next(event for event in sample_events() if isinstance(event, RecordingStarted))
    denied = ConsentDenied(purpose="recording", method="dtmf", question_sha256="", at_ms=3000)
    await writer.write(recorded(call, [*sample_events()[:3], started, denied]))
    file = tmp_path / relative_path(call, started.recording_id)
    WavFile(file).write(0, bytes(64_000))

    reaped = await reaper.close([call], LATER)

    assert [entry.event.TYPE for entry in reaped.closed] == ["recording.discarded", "call.ended"]
    assert not file.exists()
    async with records.unit_of_work(TENANT) as work:
        assert (await work.calls.get(call)).recording != "sealed"


async def test_a_recording_without_a_file_does_not_keep_a_call_open(writer: RecordsWriter, reaper: Reaper) -> None:
    call = CallId(new_id("call"))
    started = next(event for event in sample_events() if isinstance(event, RecordingStarted))
    await writer.write(recorded(call, [*sample_events()[:3], started]))

    reaped = await reaper.close([call], LATER)

    assert [entry.event.TYPE for entry in reaped.closed] == ["call.ended"]


async def test_a_call_that_ended_is_left_alone(writer: RecordsWriter, reaper: Reaper) -> None:
    call = CallId(new_id("call"))
    await writer.write(recorded(call, sample_events()))

    reaped = await reaper.close([call], LATER)

    assert (reaped.closed, reaped.ended) == ((), (call,))


async def test_closing_again_adds_nothing(records: Records, writer: RecordsWriter, reaper: Reaper) -> None:
    call = CallId(new_id("call"))
    await writer.write(recorded(call, sample_events()[:5]))
    await reaper.close([call], LATER)

    again = await reaper.close([call], LATER)

    assert again.closed == ()
    async with records.unit_of_work(TENANT) as work:
        assert (await work.contents.counts(call)).call_events == 6


async def test_a_call_whose_events_are_still_on_their_way_is_asked_for_later(reaper: Reaper) -> None:
    reaped = await reaper.close([CallId("call_unknown")], LATER)

    assert reaped.unknown == ("call_unknown",)
