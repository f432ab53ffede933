"""T-GD-3: weeks of calls on a clock that is set, with processes whose clocks are wrong; and the hourly run."""

from datetime import timedelta

from sqlalchemy import text

from tests.integration.records.purging.calls_to_purge import (
    DAY,
    START,
    TENANT,
    SetClock,
    canaries,
    everything_stored,
    found_in,
    make_call,
    purge_of,
    put_policy,
)
from voiceagent.compliance.retention.decision import decide
from voiceagent.compliance.retention.rules import Limit, Rules
from voiceagent.core.content_class import ContentClass
from voiceagent.core.ids import TenantId
from voiceagent.records.retention_values import CallFacts

A, T, X, M, C = ContentClass
HOUR = timedelta(hours=1)
SLOW = timedelta(minutes=55)  # what the clock of the process that deletes is behind
MIFID = Limit(content_class=A, basis="MiFID II", min_days=6)
CALLS, STEP, DAYS = 10, 12 * HOUR, 16


async def test_T_GD_3_nothing_is_readable_a_day_after_its_term_though_clocks_are_wrong(engine, records, tmp_path):
    for content_class, days in ((A, 3), (T, 7), (X, 5), (M, 9), (C, 11)):
        await put_policy(records, content_class, days)
    ended = {f"call{number:02}": START + number * 11 * HOUR for number in range(CALLS)}
    files, clock = {}, SetClock()
    purge = purge_of(records, tmp_path, clock, Rules(limits=[MIFID]))
    async with records.unit_of_work(TENANT) as work:
        rules = Rules(limits=[MIFID], policies=await work.retention.policies())

    late, looked, deleted = [], 0, 0
    for step in range(int(DAYS * DAY / STEP)):
        now = START + step * STEP
        for call in [call for call, end in ended.items() if end <= now and call not in files]:
            files[call] = await make_call(engine, tmp_path, call, ended[call])
        clock.at = now - SLOW
        await purge.run_all()
        stored = await everything_stored(engine)
        for call, file in files.items():
            for content_class in ContentClass:
                facts = CallFacts(call_id=call, ended_at=ended[call])
                until = decide(facts, content_class, rules, now).until
                there = file.exists() if content_class is A else found_in(stored, canaries(call)[content_class])
                looked += 1
                if until is not None and now > until + DAY and there:
                    late.append((call, content_class, now))
                if until is not None and now < until:
                    assert there, "gone before its term"
                deleted += not there

    assert late == []
    assert (looked > 900, deleted > 300) == (True, True)
    async with records.unit_of_work(TENANT) as work:
        runs = await work.retention.runs(limit=200)
    assert {run.state for run in runs} == {"done"}
    gone = {letter: sum(run.counts[letter]["calls"] for run in runs) for letter in "ATXMC"}
    async with engine.connect() as connection:
        marks = await connection.execute(text("SELECT content_class, count(*) FROM call_purges GROUP BY 1"))
    assert gone == {mark.content_class: mark.count for mark in marks}


async def test_the_hourly_run_reaches_every_tenant_and_tells_each_its_own(engine, records, tmp_path):
    other = TenantId("ten_b")
    files = [await make_call(engine, tmp_path, "c1", START), await make_call(engine, tmp_path, "c2", START, other)]
    clock = SetClock(START + 30 * DAY)

    await purge_of(records, tmp_path, clock).run_all()

    assert not any(file.exists() for file in files)
    for tenant in (TENANT, other):
        async with records.unit_of_work(tenant) as work:
            (run,) = await work.retention.runs(limit=10)
        assert (run.asked_by, run.counts["A"]["calls"]) == ("schedule", 1)


async def test_a_run_whose_process_was_killed_does_not_seem_to_go_on_for_ever(engine, records, tmp_path):
    async with records.unit_of_work(TENANT) as work:
        await work.tenants.ensure(TENANT, name=TENANT, now=START)
        lost = await work.retention.open_run(dry_run=False, by="schedule", now=START, state="running")
        await work.commit()

    await purge_of(records, tmp_path, SetClock(START + HOUR)).run_all()

    async with records.unit_of_work(TENANT) as work:
        assert (await work.retention.run(lost.id)).state == "failed"


async def test_reports_have_an_end_too(engine, records, tmp_path):
    clock = SetClock()
    await make_call(engine, tmp_path, "c1", START)
    await purge_of(records, tmp_path, clock).run_all()

    clock.at += 2558 * DAY
    await purge_of(records, tmp_path, clock).run_all()

    async with records.unit_of_work(TENANT) as work:
        runs = await work.retention.runs(limit=10)
    assert [run.started_at for run in runs] == [clock.at]
