"""The purge on real rows and real files: what goes, what stays, and what does not come back."""

import asyncio
import hashlib

import pytest
from sqlalchemy import text

from tests.integration.records.purging.calls_to_purge import (
    DAY,
    PEPPER,
    START,
    TENANT,
    SetClock,
    canaries,
    everything_stored,
    found_in,
    log_of,
    make_call,
    place_hold,
    put_policy,
    release_hold,
    run_purge,
)
from voiceagent.compliance.retention.pseudonym import pseudonym
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import NotFound, StoreUnavailable
from voiceagent.core.ids import TenantId
from voiceagent.records import engine as records_engine
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.encryption import RecordingEncryption
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.purging import store as purge_store
from voiceagent.records.repositories.audit import AuditFilter
from voiceagent.records.retention_values import Selector
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.cdr import fold_all

A, T, X, M, C = ContentClass
LETTERS = [T, X, M, C]


@pytest.mark.parametrize(("content_class", "days"), [(T, 90), (X, 90), (M, 396), (C, 2192)])
async def test_words_of_an_expired_class_are_nowhere_and_all_else_stays(engine, records, tmp_path, content_class, days):
    await make_call(engine, tmp_path, "c1", START)
    before = await everything_stored(engine)
    assert all(found_in(before, [word]) for words in canaries("c1").values() for word in words)
    for other in (A, T, X, M, C):
        if other is not content_class:
            await put_policy(records, other, 36_525)

    await run_purge(records, tmp_path, SetClock(START + days * DAY))

    stored = await everything_stored(engine)
    assert found_in(stored, canaries("c1")[content_class]) == []
    for other in set(LETTERS) - {content_class}:
        assert all(found_in(stored, [word]) for word in canaries("c1")[other]), other


async def test_a_recording_goes_with_its_file_and_its_row_says_when_and_why(engine, records, tmp_path):
    file = await make_call(engine, tmp_path, "c1", START)
    policy = await put_policy(records, A, 7)

    run = await run_purge(records, tmp_path, SetClock(START + 7 * DAY))

    assert not file.exists()
    assert not file.parent.exists()
    async with engine.connect() as connection:
        row = (await connection.execute(text("SELECT * FROM recordings"))).one()
    assert (row.state, row.path, row.sha256) == ("deleted", "", "a" * 64)
    assert (row.deleted_at, row.deleted_why) == (START + 7 * DAY, f"policy {policy}")
    assert (run.counts["A"]["calls"], run.counts["A"]["files"]) == (1, 1)


async def test_an_encrypted_recording_loses_its_key_with_its_file(engine, records, tmp_path):
    file = await make_call(engine, tmp_path, "c1", START)
    digest = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE recordings SET sha256 = :sha256"), digest)
    keys = DataKeys(engine, LocalKeys(tmp_path / "keys"))
    await RecordingEncryption(engine, keys, in_folder(tmp_path), SetClock()).run(TENANT, "rec_c1")
    encrypted = file.with_name(file.name + ".enc")
    assert (file.exists(), encrypted.exists()) == (False, True)

    await run_purge(records, tmp_path, SetClock(START + 30 * DAY))

    assert not encrypted.exists()
    async with engine.connect() as connection:
        key_id = await connection.scalar(text("SELECT id FROM data_keys WHERE shredded_at IS NOT NULL"))
    with pytest.raises(NotFound, match="shredded"):
        await keys.open(TENANT, key_id)


async def test_a_run_that_deleted_something_is_in_the_audit_log(engine, records, tmp_path):
    await make_call(engine, tmp_path, "c1", START)
    nothing = await run_purge(records, tmp_path, SetClock(START + DAY))

    run = await run_purge(records, tmp_path, SetClock(START + 30 * DAY))

    async with records.unit_of_work(TENANT) as work:
        [act] = await work.audit.list(limit=10, where=AuditFilter(action="retention_run.ended"))
    assert (act.entry.object_id, act.entry.actor_id, act.entry.result) == (run.id, "purge", "done")
    assert act.details == {"calls": {"A": 1}}
    assert nothing.counts["A"]["calls"] == 0


async def test_a_clip_whose_encryption_ends_while_it_is_purged_keeps_no_key(engine, records, tmp_path):
    """The purge waits for the row; the key that was stored with it is shredded with the others."""
    await make_call(engine, tmp_path, "c1", START)
    clip = "INSERT INTO consent_clips (id, call_id, tenant_id, at, purpose, state, path, sha256, size_bytes, start_ms,"
    clip += " duration_ms) VALUES ('clip_1', 'c1', :tenant, now(), 'recording', 'kept', 'clip_1.wav', '', 1, 0, 1)"
    stored = "INSERT INTO data_keys (id, tenant_id, call_id, retention_class, kek_id, wrapped, created_at)"
    stored += " VALUES ('dek_1', :tenant, 'c1', 'A', 'kek_1', 'wrapped', now())"
    async with engine.begin() as connection:
        await connection.execute(text(clip), {"tenant": TENANT})

    async with engine.begin() as encryption:
        await encryption.execute(text("UPDATE consent_clips SET key_id = 'dek_1'"))
        await encryption.execute(text(stored), {"tenant": TENANT})
        purging = asyncio.create_task(run_purge(records, tmp_path, SetClock(START + 30 * DAY)))
        done, _ = await asyncio.wait([purging], timeout=0.5)
        assert not done

    assert (await purging).errors == []
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT wrapped FROM data_keys")) is None


async def test_what_is_young_stays_and_the_report_says_so(engine, records, tmp_path):
    file = await make_call(engine, tmp_path, "c1", START)
    await put_policy(records, A, 7, number="+1999")

    run = await run_purge(records, tmp_path, SetClock(START + 8 * DAY))

    assert file.exists()
    assert (run.counts["A"]["calls"], run.counts["A"]["kept"]) == (0, 1)
    assert run.counts["A"]["oldest_kept"][:10] == "2030-01-01"


async def test_a_number_becomes_one_name_everywhere_and_the_row_is_kept(engine, records, tmp_path):
    await make_call(engine, tmp_path, "c1", START)

    await run_purge(records, tmp_path, SetClock(START + 396 * DAY))

    name = pseudonym("+49301c1", PEPPER)
    async with records.unit_of_work(TENANT) as work:
        call = await work.calls.get("c1")
        callback = await work.callbacks.get("cb_c1")
        first = (await work.contents.events("c1"))[0]
    assert {call.caller, callback.number, first.data["caller"]} == {name}
    assert (call.callee, call.duration_ms, call.status) == ("+4930999000", 15_200, "ended")


async def test_the_log_that_is_left_folds_to_the_record_that_is_left(engine, records, tmp_path):
    from voiceagent.records.call_log import load_events

    await make_call(engine, tmp_path, "c1", START)
    await run_purge(records, tmp_path, SetClock(START + 2192 * DAY))

    async with engine.connect() as connection:
        log = await load_events(connection, "c1", None)
    async with records.unit_of_work(TENANT) as work:
        assert fold_all(log.values()) == await work.calls.get("c1")
    assert sorted(log) == list(range(1, len(log_of("c1", START)) + 1))


@pytest.mark.parametrize("missing", [3, 12, 14, 20])
async def test_late_events_of_a_purged_call_bring_nothing_back(engine, records, tmp_path, missing):
    """A spool that comes after years: entries that never arrived, and all the others again."""
    log = log_of("c1", START)
    await RecordsWriter(engine).write([one for one in log if one.seq != missing])
    clock = SetClock(START + 2192 * DAY)
    await run_purge(records, tmp_path, clock)

    await RecordsWriter(engine).write(log)

    stored = await everything_stored(engine)
    words = [word for letter in LETTERS for word in canaries("c1")[letter]]
    assert found_in(stored, words) == []
    async with engine.connect() as connection:
        states = (await connection.scalars(text("SELECT state FROM recordings"))).all()
        entries = (await connection.scalars(text("SELECT seq FROM call_events ORDER BY seq"))).all()
    assert set(states) == {"deleted"}
    assert entries == [one.seq for one in log]


async def test_a_file_that_turns_up_after_the_purge_is_taken_by_the_next_run(engine, records, tmp_path):
    log = log_of("c1", START)
    seals = {one.seq for one in log if type(one.event).__name__.startswith("Recording")}
    await RecordsWriter(engine).write([one for one in log if one.seq not in seals])
    clock = SetClock(START + 30 * DAY)
    await run_purge(records, tmp_path, clock)
    file = await make_call(engine, tmp_path, "c1", START)
    async with records.unit_of_work(TENANT) as work:
        assert [one.state for one in await work.contents.recordings("c1")] == ["deleted"]

    await run_purge(records, tmp_path, clock)

    assert not file.exists()


async def test_a_dry_run_counts_and_changes_nothing(engine, records, tmp_path):
    file = await make_call(engine, tmp_path, "c1", START)
    clock = SetClock(START + 3000 * DAY)
    before = await everything_stored(engine)

    run = await run_purge(records, tmp_path, clock, dry_run=True)

    assert {letter: count["calls"] for letter, count in run.counts.items()} == dict.fromkeys("ATXMC", 1)
    after = await everything_stored(engine)
    assert [line for line in after.splitlines() if not line.startswith("purge_runs")] == before.splitlines()
    assert file.exists()


async def test_looking_for_what_has_expired_may_take_longer_than_a_request(database, tmp_path, monkeypatch):
    monkeypatch.setattr(records_engine, "_SERVER_OPTIONS", "-c timezone=UTC -c statement_timeout=400")
    slowly = str(purge_store._CANDIDATES).replace("FROM calls c", "FROM calls c CROSS JOIN pg_sleep(0.5)")
    monkeypatch.setattr(purge_store, "_CANDIDATES", text(slowly))
    hurried = records_engine.create_engine(database["database_jobs_url"])
    file = await make_call(hurried, tmp_path, "c1", START)

    await run_purge(Records(hurried), tmp_path, SetClock(START + 30 * DAY))
    await hurried.dispose()

    assert not file.exists()


async def test_a_run_of_one_tenant_leaves_the_others(engine, records, tmp_path):
    theirs = await make_call(engine, tmp_path, "c2", START, TenantId("ten_b"))

    await run_purge(records, tmp_path, SetClock(START + 3000 * DAY))

    assert theirs.exists()
    assert found_in(await everything_stored(engine), canaries("c2")[T])


async def test_nothing_under_a_hold_goes_until_two_people_have_released_it(engine, records, tmp_path):
    file = await make_call(engine, tmp_path, "c1", START)
    hold = await place_hold(records, caller="+49301c1")
    clock = SetClock(START + 3000 * DAY)

    held = await run_purge(records, tmp_path, clock)

    stored = await everything_stored(engine)
    assert file.exists()
    assert all(found_in(stored, [word]) for words in canaries("c1").values() for word in words)
    assert {letter: (count["calls"], count["held"]) for letter, count in held.counts.items()} == dict.fromkeys(
        "ATXMC", (0, 1)
    )
    await release_hold(records, hold)
    await run_purge(records, tmp_path, clock)
    assert not file.exists()


async def test_a_hold_placed_while_a_run_is_under_way_stops_it(engine, records, tmp_path, monkeypatch):
    """The run has read that there are no holds; between that and the deletion one is placed."""
    file = await make_call(engine, tmp_path, "c1", START)
    found = purge_store.PurgeStore.candidates

    async def and_then_a_hold(self, *arguments, **named):
        page = await found(self, *arguments, **named)
        if page and not await held():
            await place_hold(records, call_id="c1")
        return page

    async def held():
        async with records.unit_of_work(TENANT) as work:
            return await work.legal_holds.active()

    monkeypatch.setattr(purge_store.PurgeStore, "candidates", and_then_a_hold)
    await run_purge(records, tmp_path, SetClock(START + 3000 * DAY))

    assert file.exists()
    stored = await everything_stored(engine)
    assert all(found_in(stored, [word]) for words in canaries("c1").values() for word in words)


async def test_a_tag_that_a_hold_goes_by_counts_in_the_middle_of_a_run(engine, records, tmp_path, monkeypatch):
    """Whoever put it on was told that the hold is on the call."""
    file = await make_call(engine, tmp_path, "c1", START)
    await place_hold(records, tag="matter-1")
    found = purge_store.PurgeStore.candidates

    async def and_then_the_tag(self, *arguments, **named):
        page = await found(self, *arguments, **named)
        async with records.unit_of_work(TENANT) as work:
            await work.retention.put_tag("c1", "matter-1", by="key_1", now=START)
            await work.commit()
        return page

    monkeypatch.setattr(purge_store.PurgeStore, "candidates", and_then_the_tag)
    await run_purge(records, tmp_path, SetClock(START + 3000 * DAY))

    assert file.exists()


async def test_a_hold_on_one_class_goes_on_finding_its_calls_by_their_caller(engine, records, tmp_path):
    file = await make_call(engine, tmp_path, "c1", START)
    async with records.unit_of_work(TENANT) as work:
        selector = Selector(caller="+49301c1")
        await work.legal_holds.place(
            matter="1", selector=selector, classes=frozenset({A}), reason="r", by="key_1", now=START
        )
        await work.commit()
    clock = SetClock(START + 400 * DAY)

    for _ in range(2):  # the numbers go after the recordings
        await run_purge(records, tmp_path, clock)

    assert file.exists()


async def test_purges_and_writers_side_by_side_leave_nothing_and_lose_nothing(engine, records, tmp_path):
    calls = [f"c{number}" for number in range(6)]
    for call in calls:
        await make_call(engine, tmp_path, call, START)
    clock = SetClock(START + 2192 * DAY)
    live = log_of("live", clock.at)

    async def talk():
        for one in live:
            await RecordsWriter(engine).write([one])
            await RecordsWriter(engine).write(log_of(calls[one.seq % 6], START)[-3:])

    await asyncio.gather(run_purge(records, tmp_path, clock), run_purge(records, tmp_path, clock), talk())

    stored = await everything_stored(engine)
    assert found_in(stored, [word for call in calls for letter in LETTERS for word in canaries(call)[letter]]) == []
    async with records.unit_of_work(TENANT) as work:
        assert await work.calls.get("live") == fold_all(live)
    assert found_in(stored, canaries("live")[T])


class Killed(BaseException):
    """What a kill -9 looks like from inside: nothing of ours runs after it."""


@pytest.mark.parametrize("moment", ["remove_audio", "forget_recordings"])
async def test_a_kill_between_row_and_file_leaves_no_orphan_and_no_false_row(
    engine, records, tmp_path, monkeypatch, moment
):
    from voiceagent.apps import purge

    file = await make_call(engine, tmp_path, "c1", START)
    clock = SetClock(START + 30 * DAY)

    def die(*arguments, **named):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(*((purge, moment) if moment == "remove_audio" else (purge.PurgeStore, moment)), die)
        with pytest.raises(Killed):
            await run_purge(records, tmp_path, clock)

    async def states():
        async with engine.connect() as connection:
            return (await connection.execute(text("SELECT state, path <> '' FROM recordings"))).all()

    assert await states() == [("deleted", True)]  # nobody reads it any more, and it is known where the file was
    assert file.exists() == (moment == "remove_audio")
    await run_purge(records, tmp_path, clock)
    assert (file.exists(), await states()) == (False, [("deleted", False)])


async def test_one_file_that_cannot_be_removed_is_reported_and_keeps_no_other(engine, records, tmp_path, monkeypatch):
    from voiceagent.apps import purge

    stuck, free = [await make_call(engine, tmp_path, call, START) for call in ("c1", "c2")]
    remove = purge.remove_audio

    async def sometimes(blobs, paths):
        if "c1" in paths:
            raise PermissionError(13, "read-only store", str(stuck))
        return await remove(blobs, paths)

    monkeypatch.setattr(purge, "remove_audio", sometimes)
    run = await run_purge(records, tmp_path, SetClock(START + 30 * DAY))

    assert (stuck.exists(), free.exists(), run.state) == (True, False, "done")
    assert run.errors == [{"call_id": "c1", "class": "A", "problem": "PermissionError"}]


async def test_a_store_that_is_away_ends_the_run_as_failed(engine, records, tmp_path, monkeypatch):
    for number in range(5):
        await make_call(engine, tmp_path, f"c{number}", START)

    async def away(self, *arguments):
        raise StoreUnavailable

    monkeypatch.setattr(purge_store.PurgeStore, "purge", away)
    with pytest.raises(StoreUnavailable):
        await run_purge(records, tmp_path, SetClock(START + 90 * DAY))

    async with records.unit_of_work(TENANT) as work:
        (run,) = await work.retention.runs(limit=10)
    assert (run.state, len(run.errors)) == ("failed", 3)


async def test_a_path_that_leads_out_of_the_store_is_not_followed(engine, records, tmp_path):
    outside = tmp_path / "outside.wav"
    outside.write_text("not ours")
    root = tmp_path / "recordings"
    root.mkdir()
    await make_call(engine, root, "c1", START)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE recordings SET path = '../outside.wav'"))

    await run_purge(records, root, SetClock(START + 30 * DAY))

    assert outside.exists()


async def test_a_call_that_never_ended_has_an_end_for_retention(engine, records, tmp_path):
    await RecordsWriter(engine).write(log_of("c1", START)[:-1])

    await run_purge(records, tmp_path, SetClock(START + 91 * DAY))

    assert found_in(await everything_stored(engine), canaries("c1")[T]) == []


async def test_what_is_being_carried_out_is_left_to_the_next_run(engine, records, tmp_path):
    await make_call(engine, tmp_path, "c1", START)
    clock = SetClock(START + 90 * DAY)
    async with engine.begin() as connection:
        until = {"until": clock.at + DAY / 24}
        await connection.execute(text("UPDATE effects SET state = 'committing', held_until = :until"), until)

    await run_purge(records, tmp_path, clock)

    assert found_in(await everything_stored(engine), ["argument c1"])
    clock.at += DAY / 12
    await run_purge(records, tmp_path, clock)
    assert found_in(await everything_stored(engine), ["argument c1", "proposed c1"]) == []
