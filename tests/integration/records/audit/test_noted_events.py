"""What was recorded, and by whose leave, is in the log with the record itself."""

import asyncio
from dataclasses import replace

from voiceagent.core.ids import TenantId
from voiceagent.records.audit.noted_events import act_of_event
from voiceagent.records.repositories.audit import StoredAct
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import ConsentGranted, Recorded, RecordingSealed
from voiceagent.testing.sample_call import recorded, sample_events

LOG = recorded("call_1", sample_events())
[SEALED] = [one.event for one in LOG if isinstance(one.event, RecordingSealed)]


async def log_of(records: Records, log: list[Recorded]) -> list[StoredAct]:
    async with records.unit_of_work(log[0].tenant_id) as work:
        return list(await work.audit.list(limit=100))[::-1]


async def test_consent_and_recording_of_a_call_are_in_the_log_once(records: Records) -> None:
    writer = RecordsWriter(records.engine)
    await writer.write(LOG)
    await writer.write(LOG)

    found = await log_of(records, LOG)

    assert [act.entry.action for act in found] == ["consent.granted", "recording.started", "recording.sealed"]
    assert {act.entry.object_id for act in found} == {"call_1"}
    details = found[-1].details
    assert details is not None
    assert (details["sha256"], details["path"], details["size_bytes"]) == (
        SEALED.sha256,
        SEALED.path,
        SEALED.size_bytes,
    )


def test_the_answer_to_a_question_is_not_told() -> None:
    granted = ConsentGranted(
        purpose="recording", method="voice", question_sha256="f" * 64, at_ms=8, answer="yes, Ann here", confidence=0.9
    )

    act = act_of_event(replace(LOG[0], event=granted))

    assert act is not None
    assert act.details == {"seq": 1, "purpose": "recording", "method": "voice", "question_sha256": "f" * 64}


async def test_writers_of_several_tenants_do_not_wait_for_each_other_for_ever(records: Records) -> None:
    batches = []
    for number in range(6):
        calls = [recorded(f"call_{number}_{tenant}", sample_events()) for tenant in ("b", "a")]
        named = [[replace(one, tenant_id=TenantId(f"ten_{log[0].call_id[-1]}")) for one in log] for log in calls]
        batches.append([one for log in (named if number % 2 else named[::-1]) for one in log])

    written = await asyncio.gather(*(RecordsWriter(records.engine).write(batch) for batch in batches))

    assert written == [2 * len(LOG)] * 6
    async with records.unit_of_work(TenantId("ten_a")) as work:
        assert [act.entry.seq for act in await work.audit.list(limit=100)] == list(range(18, 0, -1))
