"""One person's data is erased on real rows and real files: what goes, what stays and why, and killed anywhere."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.integration.records.erasing.people import (
    PROOF,
    RULES,
    A,
    C,
    M,
    T,
    X,
    approved,
    asked,
    erase,
    fates_of,
    parts_of,
    request_of,
)
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
    release_hold,
)
from voiceagent.apps.erasure import Erasure
from voiceagent.apps.erasure_follow_up import ErasureFollowUp
from voiceagent.compliance.erasure.receipt import verify_receipt
from voiceagent.compliance.retention.rules import Limit, Rules
from voiceagent.core.errors import Conflict, InternalError, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.encryption import RecordingEncryption
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.erasing.tombstone_file import read_tombstones
from voiceagent.records.erasure_values import Fate, Step
from voiceagent.records.outbound_values import NewSuppression
from voiceagent.records.repositories.audit import AuditFilter
from voiceagent.records.retention_values import Selector
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter

PERSON = "+49301c1"
GONE = tuple(word for letter in (T, X, M) for word in canaries("c1")[letter])


@pytest.fixture
def clock():
    return SetClock(START + DAY)


@pytest.fixture
def parts(records, tmp_path, clock):
    return parts_of(records, tmp_path, clock)


async def make_two(engine, tmp_path) -> tuple[Path, Path]:
    """The person's call, and somebody else's."""
    root = tmp_path / "recordings"
    return await make_call(engine, root, "c1", START), await make_call(engine, root, "c2", START)


async def test_everything_of_the_person_is_gone_but_the_proof_of_consent(engine, parts, tmp_path):
    mine, other = await make_two(engine, tmp_path)

    request = await erase(parts, [PERSON])

    stored = await everything_stored(engine)
    assert found_in(stored, GONE) == []
    assert found_in(stored, canaries("c1")[C])
    assert (mine.exists(), other.exists()) == (False, True)
    for letter in (T, X, M, C):
        assert all(found_in(stored, [word]) for word in canaries("c2")[letter]), letter
    assert (request.state, request.step, request.completed_at) == ("done", Step.RECEIPT, parts.clock.now())
    assert await fates_of(parts.records, request.id) == {
        (A, Fate.ERASED): (1, "subject_erasure"),
        (T, Fate.ERASED): (1, "subject_erasure"),
        (X, Fate.ERASED): (1, "subject_erasure"),
        (M, Fate.ERASED): (1, "subject_erasure"),
        (C, Fate.KEPT): (1, "legal_minimum"),
    }
    async with parts.records.unit_of_work(TENANT) as work:
        acts = await work.audit.list(limit=50, where=AuditFilter(object_=request.id))
    assert [one.entry.action for one in reversed(acts)] == [f"erasure.{step.name.lower()}" for step in list(Step)[1:]]
    assert all(isinstance(value, int) for one in acts for value in one.details.values()), "numbers of things only"


async def test_T_ER_1_a_kill_after_any_step_leads_to_the_same_end(engine, parts, tmp_path):
    """Each time another person's request. The kill comes between what the step does and its note, so another process
    does it once more.
    """
    steps = list(Step)
    files = [await make_call(engine, tmp_path / "recordings", f"k{step}", START) for step in steps]
    for step in steps:
        request_id = await approved(parts, [f"+49301k{step}"], request_id=f"erq_{step}")
        first = Erasure(parts)
        while (await request_of(parts.records, request_id)).step < step:
            await first.advance(TENANT, request_id)
        async with engine.begin() as connection:
            undone = "UPDATE erasure_requests SET step = greatest(step - 1, 1), state = 'running' WHERE id = :id"
            await connection.execute(text(undone), {"id": request_id})

        await Erasure(parts_of(parts.records, tmp_path, parts.clock)).run(TENANT, request_id)

        request = await request_of(parts.records, request_id)
        async with parts.records.unit_of_work(TENANT) as work:
            buried = {one.content_class for one in await work.erasure_items.tombstones(request_id)}
        in_file = {one.content_class for one in read_tombstones(parts.tombstones) if one.call_id == f"k{step}"}
        assert (request.state, buried, in_file) == ("done", {A, T, X, M}, {A, T, X, M}), step
        receipt = verify_receipt(request.receipt.encode()).content
        gone = {one["class"]: one["calls"] for one in receipt["erased"]}
        assert gone == dict.fromkeys(("audio", "transcript", "tool", "metadata"), 1)
    stored = await everything_stored(engine)
    words = [word for step in steps for letter in (T, X, M) for word in canaries(f"k{step}")[letter]]
    assert (found_in(stored, words), [file for file in files if file.exists()]) == ([], [])


async def test_T_ER_1_a_kill_between_the_rows_and_their_note_or_before_the_files_loses_nothing(engine, parts, tmp_path):
    """Within the long steps: rows are gone and the request does not say so; the recording is closed, its file there."""
    mine, _ = await make_two(engine, tmp_path)
    request_id = await approved(parts, [PERSON])
    erasure = Erasure(parts)
    while (await request_of(parts.records, request_id)).step < Step.DELETE:
        await erasure.advance(TENANT, request_id)
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"as if it had not been removed yet")
    async with engine.begin() as connection:
        closed = {"path": mine.relative_to(tmp_path / "recordings").as_posix()}
        await connection.execute(text("UPDATE recordings SET path = :path WHERE call_id = 'c1'"), closed)
        await connection.execute(text("UPDATE erasure_items SET fate = 'due', erased_at = NULL WHERE fate = 'erased'"))
        await connection.execute(text("UPDATE erasure_requests SET step = :step"), {"step": Step.EVALUATE})

    await Erasure(parts_of(parts.records, tmp_path, parts.clock)).run(TENANT, request_id)

    assert (mine.exists(), (await request_of(parts.records, request_id)).state) == (False, "done")
    assert found_in(await everything_stored(engine), GONE) == []


async def test_the_key_of_an_encrypted_recording_is_destroyed_and_named_by_its_tombstone(engine, parts, tmp_path):
    root = tmp_path / "recordings"
    file = await make_call(engine, root, "c1", START)
    async with engine.begin() as connection:
        digest = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        await connection.execute(text("UPDATE recordings SET sha256 = :sha256"), digest)
    keys = DataKeys(engine, LocalKeys(tmp_path / "keys"))
    await RecordingEncryption(engine, keys, in_folder(root), SetClock()).run(TENANT, "rec_c1")

    await erase(parts, [PERSON])

    [audio] = [one for one in read_tombstones(parts.tombstones) if one.content_class is A]
    assert (audio.method, len(audio.key_ids)) == ("shred_and_delete", 1)
    with pytest.raises(NotFound, match="shredded"):
        await keys.open(TENANT, audio.key_ids[0])


async def test_words_that_arrive_after_the_erasure_are_never_stored(engine, parts, tmp_path):
    log = log_of("c1", START)
    await RecordsWriter(engine).write([*log[:6], *log[-1:]])

    await erase(parts, [PERSON])
    await RecordsWriter(engine).write(log)

    stored = await everything_stored(engine)
    assert found_in(stored, [*canaries("c1")[T], *canaries("c1")[X]]) == []


async def test_a_call_that_comes_in_within_thirty_days_is_erased_too(engine, parts, tmp_path, clock):
    await make_call(engine, tmp_path / "recordings", "c2", START)
    request = await erase(parts, [PERSON])
    await make_call(engine, tmp_path / "recordings", "c1", START)  # from the spool of a machine that came back

    await ErasureFollowUp(parts).run()
    await Erasure(parts).run(TENANT, request.id)

    assert found_in(await everything_stored(engine), GONE) == []


async def test_what_names_the_person_is_forgotten_after_thirty_days(engine, parts, tmp_path, clock):
    await make_two(engine, tmp_path)
    request = await erase(parts, [PERSON])
    assert found_in(await everything_stored(engine), [PERSON]) == []  # and sealed until then
    clock.at += 29 * DAY
    await ErasureFollowUp(parts).run()
    assert (await request_of(parts.records, request.id)).sealed is not None

    clock.at += DAY
    await ErasureFollowUp(parts).run()

    assert (await request_of(parts.records, request.id)).sealed is None


async def test_what_was_still_there_is_found_by_the_sweep_and_erased_again(engine, parts, tmp_path):
    await make_two(engine, tmp_path)
    request_id = await approved(parts, [PERSON])
    erasure = Erasure(parts)
    while (await request_of(parts.records, request_id)).step < Step.TOMBSTONE:
        await erasure.advance(TENANT, request_id)
    async with engine.begin() as connection:
        again = "UPDATE tool_calls SET withheld = false, arguments = '{\"a\": \"argument c1\"}' WHERE call_id = 'c1'"
        await connection.execute(text(again))

    with pytest.raises(InternalError, match="1 things were still there"):
        await erasure.run(TENANT, request_id)
    await erasure.run(TENANT, request_id)

    assert found_in(await everything_stored(engine), GONE) == []
    assert (await request_of(parts.records, request_id)).state == "done"


async def test_the_one_who_asked_cannot_approve(parts, engine):
    request_id = await asked(parts, [PERSON])
    async with parts.records.unit_of_work(TENANT) as work:
        with pytest.raises(Conflict, match="somebody else has to approve"):
            await work.erasures.approve(request_id, by="key_1", now=parts.clock.now())


async def test_a_request_of_one_tenant_leaves_the_calls_of_another_alone(engine, parts, tmp_path):
    other = TenantId("ten_b")
    await make_call(engine, tmp_path / "recordings", "c1", START, other)

    request = await erase(parts, [PERSON])

    assert await fates_of(parts.records, request.id) == {}
    stored = await everything_stored(engine)
    assert all(found_in(stored, [word]) for word in GONE)


# T-ER-3: the conflict table of compliance.md, 2.7; each row on real rows and files


async def test_T_ER_3_plain_request_content_goes_the_number_becomes_a_pseudonym_the_proof_stays(
    engine, parts, tmp_path
):
    await make_two(engine, tmp_path)
    async with parts.records.unit_of_work(TENANT) as work:
        before = len(await work.audit.list(limit=50))

    await erase(parts, [PERSON])

    async with engine.connect() as connection:
        row = (await connection.execute(text("SELECT caller, duration_ms FROM calls WHERE call_id = 'c1'"))).one()
        proofs = await connection.scalar(text("SELECT count(*) FROM consent_events WHERE call_id = 'c1'"))
    async with parts.records.unit_of_work(TENANT) as work:
        assert len(await work.audit.list(limit=50)) >= before, "entries of the audit log stay"
    assert (row.caller[:5], row.duration_ms > 0, proofs > 0) == ("hmac:", True, True)


async def test_T_ER_3_contract_evidence_is_kept_for_the_calls_that_are_tagged_so(engine, records, tmp_path, clock):
    """By the call, not yet by the segment."""
    evidence = [
        Limit(
            content_class=letter, basis="limitation period", selector=Selector(tag="evidence_contract"), min_days=1096
        )
        for letter in (A, T, M)
    ]
    parts = parts_of(records, tmp_path, clock, Rules(limits=(PROOF, *evidence)))
    mine, _ = await make_two(engine, tmp_path)
    async with records.unit_of_work(TENANT) as work:
        await work.retention.put_tag("c1", "evidence_contract", by="key_1", now=START)
        await work.commit()

    request = await erase(parts, [PERSON])

    fates = await fates_of(records, request.id)
    assert {place for place in fates if place[1] is Fate.RESTRICTED} == {
        (A, Fate.RESTRICTED),
        (T, Fate.RESTRICTED),
        (M, Fate.RESTRICTED),
    }
    assert (fates[X, Fate.ERASED], mine.exists(), request.state) == ((1, "subject_erasure"), True, "restricted")


async def test_T_ER_3_a_hold_restricts_until_it_is_released_and_then_all_goes(engine, parts, tmp_path):
    mine, _ = await make_two(engine, tmp_path)
    hold_id = await place_hold(parts.records, caller=PERSON)

    request = await erase(parts, [PERSON])
    held = await fates_of(parts.records, request.id)
    await ErasureFollowUp(parts).run()
    assert (await request_of(parts.records, request.id)).state == "restricted"
    await release_hold(parts.records, hold_id)
    await ErasureFollowUp(parts).run()
    await Erasure(parts).run(TENANT, request.id)

    assert {place: count for place, count in held.items() if place[0] is not C} == {
        (letter, Fate.RESTRICTED): (1, "legal_hold") for letter in (A, T, X, M)
    }
    assert found_in(await everything_stored(engine), GONE) == []
    assert not mine.exists()
    assert (await request_of(parts.records, request.id)).state == "done"


async def test_T_ER_3_a_hold_that_is_placed_in_mid_run_wins(engine, parts, tmp_path):
    mine, _ = await make_two(engine, tmp_path)
    request_id = await approved(parts, [PERSON])
    erasure = Erasure(parts)
    while (await request_of(parts.records, request_id)).step < Step.EVALUATE:
        await erasure.advance(TENANT, request_id)

    await place_hold(parts.records, call_id="c1")
    await erasure.run(TENANT, request_id)

    assert mine.exists()
    stored = await everything_stored(engine)
    assert all(found_in(stored, [word]) for word in GONE)
    assert (await request_of(parts.records, request_id)).state == "restricted"


async def test_T_ER_3_a_legal_obligation_restricts_until_its_day_and_then_the_content_goes_by_itself(
    engine, records, tmp_path, clock
):
    law = [Limit(content_class=letter, basis="MiFID II Art. 76", min_days=1827) for letter in (A, T, X, M)]
    parts = parts_of(records, tmp_path, clock, replace(RULES, limits=(PROOF, *law)))
    mine, _ = await make_two(engine, tmp_path)

    request = await erase(parts, [PERSON])
    clock.at = START + 1826 * DAY
    await ErasureFollowUp(parts).run()
    assert (mine.exists(), (await request_of(records, request.id)).state) == (True, "restricted")
    clock.at = START + 1827 * DAY
    await ErasureFollowUp(parts).run()
    await Erasure(parts).run(TENANT, request.id)

    assert (mine.exists(), found_in(await everything_stored(engine), GONE)) == (False, [])


async def test_T_ER_3_a_wish_not_to_be_called_outlives_the_erasure(engine, parts, tmp_path):
    await make_two(engine, tmp_path)
    async with parts.records.unit_of_work(TENANT) as work:
        wish = NewSuppression(number_hash="f" * 64, campaign="", source="spoken", call_id="c1")
        await work.dnc.suppress(wish, by="key_1", now=START)
        await work.commit()

    await erase(parts, [PERSON])

    async with parts.records.unit_of_work(TENANT) as work:
        assert [one.lifted_at for one in await work.dnc.of_number("f" * 64)] == [None]


# T-ER-4


async def test_T_ER_4_the_receipt_verifies_with_nothing_but_itself_and_has_no_personal_data(engine, parts, tmp_path):
    await make_two(engine, tmp_path)

    request = await erase(parts, [PERSON])

    good = verify_receipt(request.receipt.encode())
    assert hashlib.sha256(request.receipt.encode()).hexdigest() == request.receipt_sha256
    assert good.fingerprint == parts.identity().fingerprint
    assert good.content["complete"] is True
    assert [(one["class"], one["reason"], one["source"]) for one in good.content["kept"]] == [
        ("consent", "legal_minimum", "GDPR Art. 17(3)(e)")
    ]
    plain = json.dumps(good.content)
    words = [word for words in canaries("c1").values() for word in words]
    assert not any(word in plain for word in (*words, "49301", "c1", "hmac:"))


# What is frozen or restricted


async def test_the_api_does_not_find_what_is_frozen_or_restricted(engine, api_engine, parts, tmp_path):
    await make_two(engine, tmp_path)
    await place_hold(parts.records, call_id="c1")
    request_id = await approved(parts, [PERSON])
    erasure, api = Erasure(parts), Records(api_engine)
    while (await request_of(parts.records, request_id)).step < Step.FREEZE:
        await erasure.advance(TENANT, request_id)

    for state in ("running", "restricted"):
        assert (await request_of(parts.records, request_id)).state == state
        async with api.unit_of_work(TENANT) as work:
            with pytest.raises(NotFound):
                await work.calls.get("c1")
            assert (await work.calls.get("c2")).call_id == "c2"
            tables = ("transcript_segments", "tool_calls", "recordings", "call_events", "callbacks", "transfers")
            for table in tables:
                rows = await work.session.execute(text(f"SELECT DISTINCT call_id FROM {table}"))  # noqa: S608
                assert set(rows.scalars()) == {"c2"}, table
            errors = await work.session.scalars(text("SELECT error FROM job_attempts"))
            assert set(errors) == {"joberror c2"}, "what was said of a job about the call"
        await erasure.run(TENANT, request_id)


async def test_a_call_whose_erasure_is_done_is_found_under_its_pseudonym(engine, api_engine, parts, tmp_path):
    await make_two(engine, tmp_path)

    await erase(parts, [PERSON])

    async with Records(api_engine).unit_of_work(TENANT) as work:
        assert (await work.calls.get("c1")).caller.startswith("hmac:")
