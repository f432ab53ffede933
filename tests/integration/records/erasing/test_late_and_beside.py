"""What comes in after an erasure, and what goes on beside it."""

import asyncio

import pytest
from sqlalchemy import text

from tests.integration.records.erasing.people import approved, asked, erase, fates_of, parts_of, request_of
from tests.integration.records.purging.calls_to_purge import (
    DAY,
    START,
    TENANT,
    SetClock,
    canaries,
    everything_stored,
    found_in,
    log_of,
    make_call,
    place_hold,
    run_purge,
)
from voiceagent.apps.erasure import Erasure
from voiceagent.apps.erasure_follow_up import ErasureFollowUp
from voiceagent.apps.key_rotation import rewrap_requests
from voiceagent.compliance.canonical import rfc3339
from voiceagent.conversation.effects import Proposal
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import Conflict, InternalError
from voiceagent.core.ids import CallId, ProposalId
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.effect_ledger import PostgresLedger
from voiceagent.records.erasure_values import Fate, Step
from voiceagent.records.export_values import ExportKind, ExportState, Written
from voiceagent.records.recording import relative_path
from voiceagent.records.repositories.audit import AuditFilter
from voiceagent.records.write_backs import WriteBacks
from voiceagent.records.writer import RecordsWriter

PERSON = "+49301c1"


@pytest.fixture
def parts(records, tmp_path):
    return parts_of(records, tmp_path, SetClock(START + DAY))


async def test_the_file_of_a_recording_that_comes_in_after_the_erasure_goes_within_the_hour(engine, parts, tmp_path):
    """Not with the term of recordings, which is a month and may be years."""
    log = log_of("c1", START)
    await RecordsWriter(engine).write([*log[:6], *log[-1:]])
    request = await erase(parts, [PERSON])
    late = tmp_path / "recordings" / relative_path("c1", "rec_c1")
    late.parent.mkdir(parents=True)
    late.write_bytes(b"RIFF of a machine that came back")
    await RecordsWriter(engine).write(log)

    await ErasureFollowUp(parts).run()
    await Erasure(parts).run(TENANT, request.id)

    assert not late.exists()
    assert (await request_of(parts.records, request.id)).state == "done"
    assert (await fates_of(parts.records, request.id))[ContentClass.AUDIO, Fate.ERASED] == (1, "subject_erasure")


async def test_a_call_that_goes_on_while_its_caller_is_erased_goes_once_it_has_ended(engine, parts):
    log = log_of("c1", START + DAY)
    await RecordsWriter(engine).write(log[:12])
    request = await erase(parts, [PERSON])
    assert await fates_of(parts.records, request.id) == {}
    parts.clock.at += DAY / 24
    await RecordsWriter(engine).write(log[12:])

    await ErasureFollowUp(parts).run()
    await Erasure(parts).run(TENANT, request.id)

    words = [word for letter in "TXM" for word in canaries("c1")[ContentClass(letter)]]
    assert found_in(await everything_stored(engine), words) == []


async def test_a_request_that_cannot_be_read_any_more_keeps_no_other_from_going_on(engine, parts, tmp_path):
    await approved(parts, ["+49301broken"], request_id="erq_1")
    await Erasure(parts).run(TENANT, "erq_1")
    await approved(parts, [PERSON], request_id="erq_2")
    await Erasure(parts).run(TENANT, "erq_2")
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE erasure_requests SET names = '\\x00' WHERE id = 'erq_1'"))
    await make_call(engine, tmp_path / "recordings", "c1", START)

    with pytest.raises(InternalError, match=r"erq_1 \(what erasure request erq_1 names was changed"):
        await ErasureFollowUp(parts).run()

    assert (await request_of(parts.records, "erq_2")).state == "running"


async def test_processes_that_work_on_one_request_at_once_note_each_step_once(engine, parts, tmp_path):
    await make_call(engine, tmp_path / "recordings", "c1", START)
    request_id = await approved(parts, [PERSON])

    await asyncio.gather(*(Erasure(parts).run(TENANT, request_id) for _ in range(3)))

    request = await request_of(parts.records, request_id)
    assert (request.state, request.step) == ("done", Step.RECEIPT)
    async with parts.records.unit_of_work(TENANT) as work:
        acts = await work.audit.list(limit=50, where=AuditFilter(object_=request_id))
    assert [one.entry.action for one in reversed(acts)] == [f"erasure.{step.name.lower()}" for step in list(Step)[1:]]


async def test_a_request_whose_job_was_given_up_is_taken_up_within_the_hour_and_only_once(engine, parts, tmp_path):
    """What is frozen would stay so, and nobody would know."""
    await make_call(engine, tmp_path / "recordings", "c1", START)
    request_id = await approved(parts, [PERSON])

    await ErasureFollowUp(parts).run()
    await ErasureFollowUp(parts).run()

    async with parts.records.unit_of_work(TENANT) as work:
        waiting = await work.jobs.list(limit=10, task="erase")
    assert [(one.state, one.arguments) for one in waiting] == [("todo", {"request_id": request_id})]


async def test_two_requests_of_one_person_and_a_purge_at_once_all_end_and_leave_nothing(engine, parts, tmp_path):
    root = tmp_path / "recordings"
    files = [await make_call(engine, root, call, START) for call in ("c1", "c2")]
    numbers = [PERSON, "+49301c2"]
    for request_id in ("erq_1", "erq_2"):
        await approved(parts, numbers, request_id=request_id)

    await asyncio.gather(
        Erasure(parts).run(TENANT, "erq_1"),
        Erasure(parts).run(TENANT, "erq_2"),
        run_purge(parts.records, root, SetClock(START + 100 * DAY)),
    )

    for request_id in ("erq_1", "erq_2"):
        assert (await request_of(parts.records, request_id)).state == "done"
        gone = {place[0] for place in await fates_of(parts.records, request_id) if place[1] is Fate.ERASED}
        assert gone == set(ContentClass) - {ContentClass.CONSENT}
    words = [word for call in ("c1", "c2") for letter in "TXM" for word in canaries(call)[ContentClass(letter)]]
    assert found_in(await everything_stored(engine), words) == []
    assert not any(file.exists() for file in files)


async def test_an_erasure_goes_on_once_the_wrapping_key_was_rotated_and_the_older_one_is_gone(engine, parts, tmp_path):
    await make_call(engine, tmp_path / "recordings", "c1", START)
    request_id = await approved(parts, [PERSON])
    [older] = (tmp_path / "keys").rglob("*.key")
    provider = LocalKeys(tmp_path / "keys")
    kek_id = await provider.rotate(TENANT)
    async with parts.records.unit_of_work(TENANT) as work:
        assert await rewrap_requests(work, TENANT, parts.names, kek_id) == 1
        assert await rewrap_requests(work, TENANT, parts.names, kek_id) == 0
        await work.commit()
    older.unlink()

    await Erasure(parts).run(TENANT, request_id)

    assert (await fates_of(parts.records, request_id))[ContentClass.AUDIO, Fate.ERASED] == (1, "subject_erasure")


async def test_the_crm_is_told_nothing_more_of_a_call_whose_subject_asked_for_erasure(engine, parts, tmp_path):
    """Also while a hold keeps the call: a note that is written now would be out of reach."""
    await make_call(engine, tmp_path / "recordings", "c1", START)
    await make_call(engine, tmp_path / "recordings", "c2", START)
    books = WriteBacks(engine)
    assert await books.unsettled(TENANT, CallId("c1")) is not None
    await place_hold(parts.records, call_id="c1")

    request = await erase(parts, [PERSON])

    assert request.state == "restricted"
    assert await books.unsettled(TENANT, CallId("c1")) is None
    assert await books.unsettled(TENANT, CallId("c2")) is not None


async def test_a_change_that_the_person_asked_for_in_a_call_which_never_came_is_emptied(engine, parts, tmp_path):
    for name, caller, proposed_at in (
        ("mine", PERSON, START - DAY),
        ("running", PERSON, START + DAY),
        ("other", "+49301c2", START - DAY),
    ):
        proposal = Proposal(
            proposal_id=ProposalId(name),
            tenant_id=TENANT,
            call_id=CallId(f"call_{name}"),
            caller=caller,
            tool="deliver",
            arguments={"to": f"street of {name}"},
            proposed_at=proposed_at,
        )
        await PostgresLedger(engine).propose(proposal)

    await erase(parts, [PERSON])

    stored = await everything_stored(engine)
    assert [bool(found_in(stored, [f"street of {name}"])) for name in ("mine", "running", "other")] == [
        False,
        True,
        True,
    ]


async def test_a_request_that_nobody_approves_forgets_whom_it_names_after_ninety_days(parts):
    async with parts.records.unit_of_work(TENANT) as work:
        await work.tenants.ensure(TENANT, "A", parts.clock.now())
        await work.commit()
    await asked(parts, [PERSON])
    parts.clock.at += 90 * DAY
    await ErasureFollowUp(parts).run()
    assert (await request_of(parts.records, "erq_1")).sealed is not None
    parts.clock.at += DAY

    await ErasureFollowUp(parts).run()

    assert (await request_of(parts.records, "erq_1")).sealed is None
    async with parts.records.unit_of_work(TENANT) as work:
        with pytest.raises(Conflict, match="enter a new one"):
            await work.erasures.approve("erq_1", by="key_2", now=parts.clock.now())


async def an_export(parts, *, ready: bool, **filter_) -> str:
    """Of all calls until a year later, if the filter says nothing else; with a file as it is written."""
    now = parts.clock.now()
    asked = {"since": None, "until": rfc3339(START + 365 * DAY), "call_id": None, **filter_}
    async with parts.records.unit_of_work(TENANT) as work:
        export = await work.exports.ask(kind=ExportKind.AUDIT, filter_=asked, purpose="p", by="key_1", now=now)
        await work.exports.begin(export.id, now)
        if ready:
            await work.exports.finish(export.id, Written(counts={}, manifest_sha256="", size_bytes=1), now)
        await work.commit()
    draft = parts.packages.prepare(TENANT, export.id, 1)
    draft.write_bytes(b"words of c1")
    if ready:
        parts.packages.put(draft, TENANT, export.id)
    return export.id


async def test_packages_that_may_hold_the_person_are_withdrawn_and_removed_and_no_others(engine, parts, tmp_path):
    await make_call(engine, tmp_path / "recordings", "c1", START)
    await RecordsWriter(engine).write(log_of("c2", START + 10 * DAY))
    async with parts.records.unit_of_work(TENANT) as work:
        await work.tenants.ensure(TENANT, "A", START)
        await work.commit()
    all_calls = await an_export(parts, ready=True)
    the_call = await an_export(parts, ready=True, call_id="c1")
    other_call = await an_export(parts, ready=True, call_id="c2")
    before, after = rfc3339(START - DAY), rfc3339(START + DAY)
    earlier = await an_export(parts, ready=True, until=before)
    later = await an_export(parts, ready=True, since=after)
    under_way = await an_export(parts, ready=False, since=before, until=after)

    await erase(parts, [PERSON])

    async with parts.records.unit_of_work(TENANT) as work:
        shown = {export_id: await work.exports.get(export_id) for export_id in (all_calls, the_call, under_way)}
        assert not await work.exports.finish(
            under_way, Written(counts={}, manifest_sha256="", size_bytes=1), parts.clock.now()
        )
    assert {one.state for one in shown.values()} == {ExportState.DELETED}
    assert all("ask for it again" in one.problem for one in shown.values())
    async with parts.records.unit_of_work(TENANT) as work:
        told = await work.audit.list(limit=10, where=AuditFilter(action="erasure.export_withdrawn"))
    assert {one.entry.object_id for one in told} == set(shown)
    assert parts.packages.exports(TENANT) == {other_call, earlier, later}
