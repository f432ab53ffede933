"""Whoever owns the tables changes them with SQL, past every trigger; the verification says so."""

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.integration.records.audit.logs import TENANT, AuditedHouse, leaves_of
from voiceagent.core.errors import StoreUnavailable
from voiceagent.records.audit.check import Verdict, exit_code
from voiceagent.records.audit.entry import origin_of
from voiceagent.records.audit.merkle import MerkleTree, is_consistent
from voiceagent.records.audit.note import Checkpoint, open_note, sign
from voiceagent.records.audit.verify import Evidence, LogReport, verify


def verdict(report: LogReport) -> tuple[Verdict, int]:
    """What is said first, and of which entry."""
    finding = next(one for one in report.findings if one.verdict == exit_code(report.findings))
    return finding.verdict, finding.seq


async def signed(house: AuditedHouse, *parts: int) -> AuditedHouse:
    for part in parts:
        await house.act(part)
        await house.sign()
    return house


async def test_an_untouched_log_is_found_to_be_right(house: AuditedHouse) -> None:
    await signed(house, 3, 4)
    await house.act(2)

    report = await asyncio.to_thread(house.verify)

    assert report.findings == []
    assert (report.entries, report.signed, report.checkpoints, report.erased) == (9, 7, 2, 0)
    assert report.root == leaves_of(house.url).root()


async def test_T_AUD_1_an_edited_field_is_found(house: AuditedHouse) -> None:
    await signed(house, 5)
    house.steal("UPDATE audit_log SET action = 'call.read' WHERE seq = 3")

    assert verdict(house.verify()) == (Verdict.TAMPERED, 3)


async def test_T_AUD_1_an_edited_field_is_found_though_its_own_hash_was_made_anew(house: AuditedHouse) -> None:
    await signed(house, 5)
    house.steal("UPDATE audit_log SET action = 'call.read' WHERE seq = 3")
    house.rehash(3, last=3)

    assert verdict(house.verify()) == (Verdict.TAMPERED, 3)


async def test_T_AUD_1_edited_details_are_found_and_erased_ones_are_no_fault(house: AuditedHouse) -> None:
    await signed(house, 5)
    house.steal("DELETE FROM audit_details WHERE seq = 2")
    assert (house.verify().findings, house.verify().erased) == ([], 1)

    house.steal("""UPDATE audit_details SET details = '{"ip":"192.0.2.8"}' WHERE seq = 4""")

    assert verdict(house.verify()) == (Verdict.TAMPERED, 4)


async def test_T_AUD_2_a_deleted_row_is_found(house: AuditedHouse) -> None:
    await signed(house, 5)
    house.steal("DELETE FROM audit_log WHERE seq = 3")

    assert verdict(house.verify()) == (Verdict.GAP, 3)


async def test_T_AUD_3_swapping_two_rows_is_found(house: AuditedHouse) -> None:
    await signed(house, 5)
    house.steal(
        "UPDATE audit_log SET seq = 100 WHERE seq = 3",
        "UPDATE audit_log SET seq = 3 WHERE seq = 4",
        "UPDATE audit_log SET seq = 4 WHERE seq = 100",
        "UPDATE audit_details SET seq = 100 WHERE seq = 3",
        "UPDATE audit_details SET seq = 3 WHERE seq = 4",
        "UPDATE audit_details SET seq = 4 WHERE seq = 100",
    )

    assert verdict(house.verify()) == (Verdict.TAMPERED, 3)


async def test_T_AUD_4_an_inserted_row_is_found(house: AuditedHouse) -> None:
    await signed(house, 5)
    columns = "at, actor_kind, actor_id, actor_auth, object_kind, object_id, purpose, result, reason, request_id"
    house.steal(
        "UPDATE audit_log SET seq = seq + 100 WHERE seq >= 3",
        f"INSERT INTO audit_log (tenant_id, seq, action, commitment, prev, leaf, {columns})"  # noqa: S608
        f" SELECT tenant_id, 3, 'call.read', commitment, leaf, prev, {columns} FROM audit_log WHERE seq = 2",
        "UPDATE audit_log SET seq = seq - 99 WHERE seq > 100",
        "DELETE FROM audit_details",
    )

    assert verdict(house.verify()) == (Verdict.TAMPERED, 3)


async def test_T_AUD_5_a_dropped_tail_is_found(house: AuditedHouse) -> None:
    await signed(house, 3, 3)
    house.steal("DELETE FROM audit_log WHERE seq > 4", "DELETE FROM audit_checkpoints")

    assert verdict(house.verify()) == (Verdict.GAP, 5)


async def test_T_AUD_5_a_log_that_was_emptied_is_found(house: AuditedHouse) -> None:
    await signed(house, 3)
    house.steal("TRUNCATE audit_log CASCADE", "TRUNCATE audit_checkpoints")

    assert verdict(house.verify()) == (Verdict.GAP, 1)


async def test_T_AUD_6_a_whole_chain_that_was_hashed_anew_is_found_by_the_anchored_checkpoint(
    house: AuditedHouse,
) -> None:
    await signed(house, 2, 3)
    house.steal("UPDATE audit_log SET object_id = 'call_9' WHERE seq = 4", "DELETE FROM audit_checkpoints")
    house.rehash(1)

    report = house.verify()

    assert verdict(report) == (Verdict.TAMPERED, 3)  # 1 and 2 are below a checkpoint of their own
    assert "rewritten" in report.findings[0].what
    assert report.signed == 2


async def test_T_AUD_6_a_rewritten_chain_is_found_with_checkpoints_of_the_owners_own_key(house: AuditedHouse) -> None:
    await signed(house, 3)
    house.steal("UPDATE audit_log SET object_id = 'call_9' WHERE seq = 2", "DELETE FROM audit_checkpoints")
    house.rehash(1)
    forged = sign(
        Checkpoint(origin=origin_of(TENANT), size=3, root=leaves_of(house.url).root()), Ed25519PrivateKey.generate()
    )
    root, frontier = leaves_of(house.url).root().hex(), "00"
    house.steal(
        "INSERT INTO audit_checkpoints (tenant_id, size, root, at, note, frontier)"  # noqa: S608
        f" VALUES ('{TENANT}', 3, '\\x{root}', now(), '{forged}', '\\x{frontier}')"
    )

    report = house.verify()

    assert verdict(report)[0] == Verdict.TAMPERED
    assert Verdict.UNPROVEN in {finding.verdict for finding in report.findings}


async def test_T_AUD_7_two_checkpoints_of_one_size_are_a_fork(house: AuditedHouse) -> None:
    """As after somebody let the service sign another history: both signatures are right."""
    await signed(house, 3)
    other = MerkleTree([b"\x01" * 32] * 3)
    fork = sign(Checkpoint(origin=origin_of(TENANT), size=3, root=other.root()), house.key)
    house.anchors.append(TENANT, fork, house.clock.now())

    report = house.verify()

    assert verdict(report) == (Verdict.TAMPERED, 3)
    assert "fork" in report.findings[0].what


async def test_a_checkpoint_that_is_missing_among_the_anchors_is_found(house: AuditedHouse) -> None:
    await signed(house, 3)
    for path in house.folder.rglob("*.txt"):
        path.unlink()

    assert verdict(house.verify())[0] == Verdict.UNPROVEN


async def test_a_log_that_nothing_was_signed_over_is_not_proven(house: AuditedHouse) -> None:
    await house.act(2)

    assert verdict(house.verify())[0] == Verdict.UNPROVEN


async def test_checkpoints_of_an_unknown_key_prove_nothing(house: AuditedHouse) -> None:
    await signed(house, 3)

    report = house.verify(key=Ed25519PrivateKey.generate())

    assert verdict(report)[0] == Verdict.UNPROVEN
    assert "no key that is known" in report.findings[-1].what


async def test_a_damaged_file_of_anchors_is_said(house: AuditedHouse) -> None:
    await signed(house, 2, 2)
    [path] = house.folder.rglob("*.txt")
    path.write_bytes(path.read_bytes().replace(b"\n2\n", b"\nX2\n\n"))

    report = house.verify()

    assert verdict(report)[0] == Verdict.UNPROVEN


async def test_a_checkpoint_that_somebody_kept_finds_what_the_anchors_no_longer_show(house: AuditedHouse) -> None:
    await signed(house, 4)
    [kept] = house.anchors.notes(TENANT)
    house.steal("UPDATE audit_log SET object_id = 'call_9' WHERE seq = 2", "DELETE FROM audit_checkpoints")
    house.rehash(1)
    for path in house.folder.rglob("*.txt"):
        path.unlink()
    await house.act(1)
    await house.sign()
    assert house.verify().findings == []  # whoever owns the machine can have it sign anew

    report = house.verify(kept=[kept])

    assert verdict(report) == (Verdict.TAMPERED, 1)


async def test_entries_before_a_kept_checkpoint_are_taken_by_their_hashes(house: AuditedHouse) -> None:
    await signed(house, 3, 2)
    first, second = house.anchors.notes(TENANT)

    report = house.verify(kept=[first])

    assert (report.findings, report.entries, report.signed) == ([], 5, 5)
    older, newer = (open_note(note, [house.key.public_key()]) for note in (first, second))
    proof = leaves_of(house.url).consistency_proof(older.size, newer.size)
    assert is_consistent(older.size, older.root, newer.size, newer.root, proof)


async def test_a_database_that_does_not_answer_cannot_be_verified(house: AuditedHouse) -> None:
    with pytest.raises(StoreUnavailable):
        verify("postgresql://nobody@127.0.0.1:1/none", Evidence(anchors=house.anchors, keys=[house.key.public_key()]))
