"""T-ER-2: ten thousand calls of one person go within ten minutes. Times are those of `benchmarks/bench_erasure.py`."""

from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import event

from tests.integration.records.erasing.people import approved, parts_of, request_of
from tests.integration.records.purging.calls_to_purge import DAY, START, TENANT, SetClock, log_of, make_call
from voiceagent.apps.erasure import Erasure
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallStarted

PERSON = "+493012345678"


@contextmanager
def counted(engine):
    """Statements and transactions, while it is entered."""
    seen = {"statements": 0, "commits": 0}

    def statement(*_):
        seen["statements"] += 1

    def commit(_):
        seen["commits"] += 1

    event.listen(engine.sync_engine, "before_cursor_execute", statement)
    event.listen(engine.sync_engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", statement)
        event.remove(engine.sync_engine, "commit", commit)


async def a_call_of_the_person(engine, call):
    log = log_of(call, START)
    first = replace(log[0], event=replace(log[0].event, caller=PERSON))
    assert isinstance(first.event, CallStarted)
    await RecordsWriter(engine).write([first, *log[1:]])


async def test_T_ER_2_fifty_calls_take_as_many_transactions_and_statements_as_one(engine, records, tmp_path):
    parts = parts_of(records, tmp_path, SetClock(START + DAY))
    async with records.unit_of_work(TENANT) as work:
        await work.tenants.ensure(TENANT, "A", START)
        await work.webhooks.add(url="https://a.example", description="", event_types=["data.erased"], now=START)
        await work.commit()
    await make_call(engine, tmp_path / "recordings", "one", START)
    many = [f"m{number:02}" for number in range(50)]
    for call in many:
        await a_call_of_the_person(engine, call)
    took = []
    for request_id, number in (("erq_1", "+49301one"), ("erq_2", PERSON)):
        await approved(parts, [number], request_id=request_id)
        with counted(engine) as seen:
            await Erasure(parts).run(TENANT, request_id)
        took.append(seen)
        assert (await request_of(records, request_id)).state == "done"

    one, fifty = took
    assert fifty["commits"] == one["commits"]
    assert fifty["statements"] <= one["statements"]  # the first has the pool's connections to open
    async with records.unit_of_work(TENANT) as work:
        jobs = await work.jobs.list(limit=200, task="deliver_webhook")
        erased = sum(part.items for part in await work.erasure_items.counts("erq_2") if part.fate == "erased")
    assert (erased, len(jobs)) == (4 * len(many), len(many) + 1)
