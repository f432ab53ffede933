"""What the audit log says of the calls in a package, and its proofs, verified without a database."""

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from voiceagent.compliance.exports.request import ExportRequest
from voiceagent.compliance.exports.verdict import Outcome, Verdict
from voiceagent.compliance.exports.verify import verify_package
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.compliance.signing_identity import SigningIdentity
from voiceagent.core.ids import TenantId
from voiceagent.records.audit.entry import NO_ENTRY, AuditEntry, origin_of
from voiceagent.records.audit.merkle import Frontier
from voiceagent.records.audit.note import Checkpoint, sign
from voiceagent.records.audit.proofs import LogProofs
from voiceagent.records.dossier import CallDossier
from voiceagent.testing.sample_call import STARTED_AT

Notary = Callable[..., Path]
ENTRIES, PROOFS = "audit/entries.jsonl", "audit/proofs/inclusion.jsonl"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def log_of(count: int, tenant: str = "default") -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for seq in range(1, count + 1):
        entry = AuditEntry(
            tenant_id=tenant,
            seq=seq,
            at=STARTED_AT,
            actor_kind="system",
            actor_id="session",
            actor_auth="",
            action="recording.sealed",
            object_kind="call",
            object_id="call_A" if seq % 2 else "call_other",
            purpose="",
            result="ok",
            reason="",
            request_id="",
            commitment=bytes(32),
            prev=entries[-1].leaf() if entries else NO_ENTRY,
        )
        entries.append(entry)
    return entries


def proofs_of(log: Sequence[AuditEntry], tenant: str = "default", key: Ed25519PrivateKey = KEY) -> LogProofs:
    tree = Frontier()
    for entry in log:
        tree.push(entry.leaf())
    note = sign(Checkpoint(origin=origin_of(tenant), size=tree.size, root=tree.root()), key)
    return LogProofs(note, [entry.leaf() for entry in log])


@pytest.fixture(scope="session")
def notarised(identity: SigningIdentity, calls: list[CallDossier], request_for_all: ExportRequest) -> Notary:
    """A package of two calls with entries of a log, whatever the log is worth."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def write(path: Path, proofs: LogProofs | None, entries: Sequence[AuditEntry], tenant: str = "default") -> Path:
        request = replace(request_for_all, tenant_id=TenantId(tenant))
        with PackageWriter(path, request, identity, version="0.1.0") as writer:
            writer.begin_audit(proofs, pem)
            for call in calls[:2]:
                writer.add(call, {})
            writer.add_audit(entries)
            return writer.finish(2)

    return write


def about(log: Sequence[AuditEntry]) -> list[AuditEntry]:
    return [entry for entry in log if entry.object_id == "call_A"]


def told(verdict: Verdict) -> list[tuple[Outcome, str, str]]:
    return [(finding.outcome, finding.file, finding.what) for finding in verdict.findings]


def manifest_of(path: Path) -> Mapping[str, object]:
    with zipfile.ZipFile(path) as files:
        return dict(json.loads(files.read("manifest.json"))["audit"])


@pytest.mark.parametrize("size", [1, 2, 3, 8, 21])
def test_T_EXP_3_entries_and_their_proofs_are_verified_without_a_database(notarised, tmp_path, size):
    log = log_of(size)
    path = notarised(tmp_path / "e.zip", proofs_of(log), about(log))

    verdict = verify_package(path)

    assert (verdict.outcome, told(verdict)) == (Outcome.GOOD, [])
    assert manifest_of(path) == {"state": "signed", "entries": len(about(log)), "log_size": size}


@pytest.mark.parametrize("name", [ENTRIES, PROOFS, "audit/checkpoints/checkpoint.txt", "audit/keys/signing.pub"])
def test_a_changed_byte_there_is_found_and_its_file_named(notarised, tmp_path, name):
    log = log_of(9)
    path = notarised(tmp_path / "e.zip", proofs_of(log), about(log))
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(path) as files:
        files.extractall(folder)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)

    verdict = verify_package(folder)

    assert told(verdict) == [(Outcome.CHANGED, name, "its content is not what was signed")]


def test_an_entry_that_was_changed_before_it_was_packed_has_a_wrong_proof_and_is_named(notarised, tmp_path):
    log = log_of(9)
    forged = [msgspec.structs.replace(entry, result="refused") if entry.seq == 5 else entry for entry in about(log)]

    verdict = verify_package(notarised(tmp_path / "e.zip", proofs_of(log), forged))

    assert told(verdict) == [(Outcome.CHANGED, ENTRIES, "entry 5: its proof does not lead to the checkpoint")]


def test_a_proof_of_another_entry_is_named(notarised, tmp_path):
    class Mixed(LogProofs):
        def of(self, seq: int) -> Sequence[bytes]:
            return super().of(1 if seq == 7 else seq)

    log = log_of(9)
    good = proofs_of(log)
    mixed = Mixed(good.note, [entry.leaf() for entry in log])

    verdict = verify_package(notarised(tmp_path / "e.zip", mixed, about(log)))

    assert told(verdict) == [(Outcome.CHANGED, ENTRIES, "entry 7: its proof does not lead to the checkpoint")]


def test_an_entry_of_another_call_and_one_that_is_there_twice_are_named(notarised, tmp_path):
    log = log_of(9)

    verdict = verify_package(notarised(tmp_path / "e.zip", proofs_of(log), [log[0], log[1], log[0]]))

    assert told(verdict) == [
        (Outcome.CHANGED, ENTRIES, "entry 2 is about call_other, which is no call of this package"),
        (Outcome.CHANGED, ENTRIES, "entry 1 is there twice"),
    ]


def test_a_checkpoint_that_another_key_signed_is_named(notarised, tmp_path):
    log = log_of(3)

    verdict = verify_package(
        notarised(tmp_path / "e.zip", proofs_of(log, key=Ed25519PrivateKey.generate()), about(log))
    )

    assert [told[:2] for told in told(verdict)] == [(Outcome.CHANGED, "audit/checkpoints/checkpoint.txt")]


def test_the_log_of_another_tenant_proves_nothing(notarised, tmp_path):
    log = log_of(3, "somebody")

    verdict = verify_package(notarised(tmp_path / "e.zip", proofs_of(log, "somebody"), about(log)))

    assert [told[:2] for told in told(verdict)] == [(Outcome.CHANGED, "audit/checkpoints/checkpoint.txt")]


def test_a_log_that_disagrees_with_its_checkpoint_is_told_as_broken(notarised, tmp_path):
    log = log_of(9)
    broken = LogProofs(proofs_of(log).note, [entry.leaf() for entry in log[:-1]])

    path = notarised(tmp_path / "e.zip", broken, about(log))

    assert manifest_of(path)["state"] == "broken"
    assert [told[:2] for told in told(verify_package(path))] == [(Outcome.CHANGED, "manifest.json")]


def test_before_anything_was_signed_the_package_says_so_and_is_good(notarised, tmp_path):
    path = notarised(tmp_path / "e.zip", None, ())

    assert manifest_of(path) == {"state": "unsigned", "entries": 0}
    assert verify_package(path).outcome is Outcome.GOOD
