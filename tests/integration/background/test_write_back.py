"""A call that has ended reaches the CRM as one note, or ends as something that an operator can read."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from tests.integration.records.jobs.working import ended, working
from voiceagent.background.crm import Contact
from voiceagent.background.write_back import WriteBack
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import NotFound, UpstreamUnavailable
from voiceagent.core.ids import CallId
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import JobState
from voiceagent.records.write_backs import WRITE_BACK, WriteBackOutcome, WriteBacks
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallerSaid, ConsentDenied, ConsentGranted
from voiceagent.testing.memory_crm import MemoryCrm
from voiceagent.testing.sample_call import recorded, sample_events

ANNA = Contact(contact_id="c_1", first_name="Anna", last_name="Berg")
NUMBER = "+4930111222"  # who calls in the sample call
TENANT = "ten_a"


@pytest.fixture
def crm() -> MemoryCrm:
    return MemoryCrm(contacts={NUMBER: ANNA})


@pytest.fixture
def writer(engine) -> RecordsWriter:
    return RecordsWriter(engine)


@pytest.fixture
def write_backs(engine, crm):
    """The job's worker, for as long as the block lasts."""

    @asynccontextmanager
    async def run():
        async def connector():
            return crm

        job = WriteBack(WriteBacks(engine), connector, SystemClock())

        async def handle(order):
            await job.run(order.tenant_id, CallId(order.arguments["call_id"]))

        async with working(engine, {WRITE_BACK: handle}):
            yield

    return run


def a_call(call_id="call_1", *, wanted=True, events=None):
    start, *rest = events or sample_events()
    return recorded(call_id, [replace(start, write_back=wanted), *rest], tenant=TENANT)


async def jobs(records: Records):
    async with records.unit_of_work(TENANT) as work:
        return await work.jobs.list(limit=100, task=WRITE_BACK)


async def outcomes(engine) -> list[tuple[str, str, str]]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT call_id, outcome, note_id FROM write_backs ORDER BY call_id"))
        return [tuple(row) for row in rows]


async def test_a_call_becomes_a_note_under_the_contact_that_called(engine, records, writer, crm, write_backs):
    await writer.write(a_call())
    (job,) = await jobs(records)
    async with write_backs():
        done = await ended(records, job.id)

    assert done.state is JobState.SUCCEEDED
    assert job.arguments == {"call_id": "call_1"}
    assert await outcomes(engine) == [("call_1", "noted", "note-1")]
    (note,) = crm.notes
    assert note.contact_id == "c_1"
    assert 'Asked for: order ("where is my order").' in note.text


async def test_a_profile_that_does_not_ask_has_nothing_written_back(records, writer):
    await writer.write(a_call(wanted=False))

    assert await jobs(records) == []


async def test_nothing_is_owed_before_the_call_has_ended(records, writer):
    log = a_call()
    await writer.write(log[:-1])
    before = await jobs(records)
    await writer.write(log[-1:])

    assert before == []
    assert len(await jobs(records)) == 1


async def test_events_that_come_again_owe_nothing_more(records, writer):
    log = a_call()
    for _ in range(3):
        await writer.write(log)
    await writer.write(log[10:])

    assert len(await jobs(records)) == 1


async def test_parts_of_the_log_that_come_in_the_wrong_order_owe_one_note(records, writer):
    log = a_call()
    await writer.write(log[10:])
    await writer.write(log[:10])

    assert len(await jobs(records)) == 1


async def test_a_batch_that_postgres_refuses_leaves_neither_the_call_nor_its_job(engine, records, writer):
    too_long = replace(sample_events()[-1], duration_ms=2**40)  # no integer of Postgres
    broken = recorded("call_2", [*sample_events()[:-1], too_long], tenant=TENANT)

    with pytest.raises(DataError):
        await writer.write([*a_call("call_1"), *broken])

    async with engine.connect() as connection:
        calls = (await connection.execute(text("SELECT count(*) FROM calls"))).scalar_one()
    assert calls == 0
    assert await jobs(records) == []
    assert await outcomes(engine) == []


@pytest.mark.parametrize("refused", ["before", "taken back", "never asked"])
async def test_without_consent_no_word_of_the_call_leaves_the_house(records, writer, crm, write_backs, refused):
    denied = ConsentDenied(purpose="recording", method="voice", question_sha256="f" * 64, at_ms=9000)
    events = list(sample_events())
    place = next(place for place, event in enumerate(events) if isinstance(event, ConsentGranted))
    match refused:
        case "before":
            events[place] = denied
        case "taken back":
            events.insert(-2, denied)
        case _:
            del events[place]
    assert any(isinstance(event, CallerSaid) for event in events)  # words that would be there to tell
    await writer.write(a_call(events=events))
    (job,) = await jobs(records)
    async with write_backs():
        await ended(records, job.id)

    (note,) = crm.notes
    assert "Ended: the caller hung up." in note.text
    for word in ("order", "get_orders", "4711", "shipped"):
        assert word not in note.text.replace("AI agent orders", "")


async def test_a_crm_that_is_away_is_tried_again_and_gets_one_note(engine, records, writer, crm, write_backs):
    crm.reachable = False
    await writer.write(a_call())
    (job,) = await jobs(records)
    async with write_backs():
        async with asyncio.timeout(20), records.unit_of_work(TENANT) as work:
            while not await work.jobs.attempts(job.id):
                await asyncio.sleep(0.02)
        crm.reachable = True
        done = await ended(records, job.id)

    assert done.state is JobState.SUCCEEDED
    assert done.attempts > 1
    assert len(crm.notes) == 1


async def test_a_note_whose_answer_was_lost_is_written_once(records, writer, crm, write_backs):
    add_note, lost = crm.add_note, []

    async def answer_gets_lost(contact_id, text, *, idempotency_key):
        note = await add_note(contact_id, text, idempotency_key=idempotency_key)
        if not lost:
            lost.append(idempotency_key)
            raise UpstreamUnavailable("the line broke")
        return note

    crm.add_note = answer_gets_lost
    await writer.write(a_call())
    (job,) = await jobs(records)
    async with write_backs():
        done = await ended(records, job.id)

    assert (done.state, done.attempts) == (JobState.SUCCEEDED, 2)
    assert lost == ["write-back-call_1"]
    assert len(crm.notes) == 1


async def test_a_note_whose_answer_was_lost_is_left_to_a_person_where_it_would_be_written_twice(
    engine, records, writer, crm, write_backs
):
    crm.keeps_keys, add_note = False, crm.add_note

    async def answer_gets_lost(contact_id, text, *, idempotency_key):
        await add_note(contact_id, text, idempotency_key=idempotency_key)
        raise UpstreamUnavailable("the line broke")

    crm.add_note = answer_gets_lost
    await writer.write(a_call())
    (job,) = await jobs(records)
    async with write_backs():
        dead = await ended(records, job.id)

    assert (dead.state, dead.attempts) == (JobState.FAILED, 1)
    assert len(crm.notes) == 1
    assert await outcomes(engine) == [("call_1", "", "")]


async def test_a_write_back_is_settled_by_its_own_tenant_only(engine, writer):
    await writer.write(a_call())
    await WriteBacks(engine).settle("ten_b", "call_1", WriteBackOutcome.NO_CONTACT, now=SystemClock().now())

    assert await outcomes(engine) == [("call_1", "", "")]


async def test_a_crm_that_stays_away_leaves_a_dead_letter_with_its_reason(engine, records, writer, crm, write_backs):
    crm.reachable = False
    await writer.write(a_call())
    (job,) = await jobs(records)
    async with write_backs():
        dead = await ended(records, job.id)

    async with records.unit_of_work(TENANT) as work:
        attempts = await work.jobs.attempts(job.id)
    assert (dead.state, dead.attempts) == (JobState.FAILED, 3)
    assert [attempt.error for attempt in attempts] == ["the CRM does not answer"] * 3
    assert await outcomes(engine) == [("call_1", "", "")]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_a_caller_whom_the_crm_does_not_know_is_an_end_and_not_a_failure(
    engine, records, writer, crm, write_backs, when
):
    async def nobody(number):
        return None

    async def gone(contact_id, text, *, idempotency_key):
        crm.find_contact = nobody
        raise NotFound("there is no contact c_1")

    if when == "before":
        crm.find_contact = nobody
    else:
        crm.add_note = gone
    await writer.write(a_call())
    (job,) = await jobs(records)
    async with write_backs():
        done = await ended(records, job.id)

    assert (done.state, done.attempts) == (JobState.SUCCEEDED, 1)
    assert await outcomes(engine) == [("call_1", "no_contact", "")]


async def test_a_call_that_was_erased_meanwhile_is_not_told(engine, records, writer, crm, write_backs):
    await writer.write(a_call())
    (job,) = await jobs(records)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM calls"))
    async with write_backs():
        done = await ended(records, job.id)

    assert done.state is JobState.SUCCEEDED
    assert crm.notes == []
