"""Verifies the folder `audit/` of a package: each entry is below the signed checkpoint. Pure, without a database."""

import base64
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from voiceagent.compliance.exports.opened import OpenedPackage
from voiceagent.compliance.exports.package_form import (
    AUDIT_CHECKPOINT,
    AUDIT_ENTRIES,
    AUDIT_KEYS,
    AUDIT_PROOFS,
    CALLS,
    MANIFEST,
)
from voiceagent.compliance.exports.signed_calls import listed_calls
from voiceagent.compliance.exports.verdict import Finding, Outcome
from voiceagent.records.audit.entry import origin_of
from voiceagent.records.audit.merkle import is_included, leaf_hash
from voiceagent.records.audit.note import Checkpoint, NotANote, UnknownKey, WrongSignature, open_note

_FILES: Final = (AUDIT_CHECKPOINT, AUDIT_KEYS, AUDIT_ENTRIES, AUDIT_PROOFS)
_PEM_END: Final = b"-----END PUBLIC KEY-----\n"


def audit_findings(package: OpenedPackage, manifest: Mapping[str, Any], good: set[str]) -> Iterator[Finding]:
    """All that is wrong, where the files themselves are as they were signed; the others have been told."""
    told = manifest.get("audit", {"state": "unsigned"})  # packages of before have none
    if told["state"] == "broken":
        what = "the audit log disagreed with its checkpoint when this was made: ask for `voiceagent audit verify`"
        yield Finding(outcome=Outcome.CHANGED, file=MANIFEST, what=what)
    if told["state"] != "signed":
        return
    listed = {entry["path"] for entry in manifest["files"]}
    for name in _FILES:
        if name not in listed:
            yield Finding(outcome=Outcome.MISSING, file=name, what="the manifest tells of it, but does not list it")
    if not good.issuperset(_FILES):
        return
    try:
        checkpoint = open_note(_read(package, AUDIT_CHECKPOINT).decode(), _keys(_read(package, AUDIT_KEYS)))
    except (NotANote, UnknownKey, WrongSignature, ValueError) as error:
        yield Finding(outcome=Outcome.CHANGED, file=AUDIT_CHECKPOINT, what=str(error))
        return
    if checkpoint.origin != origin_of(manifest["request"]["tenant"]):
        what = f"it is of the log {checkpoint.origin}, not of this tenant's"
        yield Finding(outcome=Outcome.CHANGED, file=AUDIT_CHECKPOINT, what=what)
        return
    calls = listed_calls(package) if CALLS in good else None
    yield from _entries(package, checkpoint, told["entries"], calls)


def _entries(
    package: OpenedPackage, checkpoint: Checkpoint, count: int, calls: Collection[str] | None
) -> Iterator[Finding]:
    lines, seen = 0, set[int]()
    with package.open(AUDIT_ENTRIES) as entries, package.open(AUDIT_PROOFS) as proofs:
        for lines, (entry, proof) in enumerate(zip_longest(entries, proofs), start=1):
            try:
                problem = _problem(entry, proof, checkpoint) or _place(entry or b"", calls, seen)
            except (ValueError, TypeError, KeyError) as error:
                problem = f"line {lines} of it or of its proofs is nothing that voiceagent writes: {error!r}"
            if problem:
                yield Finding(outcome=Outcome.CHANGED, file=AUDIT_ENTRIES, what=problem)
    if lines != count:
        what = f"{lines} entries, but the manifest says {count}"
        yield Finding(outcome=Outcome.MISSING, file=AUDIT_ENTRIES, what=what)


def _problem(entry: bytes | None, proof: bytes | None, checkpoint: Checkpoint) -> str:
    if entry is None or proof is None:
        return "there are more entries than proofs, or the other way round"
    told, path = json.loads(entry), json.loads(proof)
    seq = told["seq"]
    if path["seq"] != seq:
        return f"entry {seq}: the proof in its line is of entry {path['seq']}"
    if told["log"] != checkpoint.origin:
        return f"entry {seq} is of the log {told['log']}"
    steps = [base64.b64decode(step, validate=True) for step in path["path"]]
    if not is_included(leaf_hash(entry.removesuffix(b"\n")), seq - 1, checkpoint.size, steps, checkpoint.root):
        return f"entry {seq}: its proof does not lead to the checkpoint"
    return ""


def _place(line: bytes, calls: Collection[str] | None, seen: set[int]) -> str:
    """What a proof does not say: that the entry belongs here, and once."""
    told = json.loads(line)
    if told["seq"] in seen:
        return f"entry {told['seq']} is there twice"
    seen.add(told["seq"])
    if calls is not None and told["object"]["id"] not in calls:
        return f"entry {told['seq']} is about {told['object']['id']}, which is no call of this package"
    return ""


def _keys(pem: bytes) -> Sequence[Ed25519PublicKey]:
    keys = [load_pem_public_key(block + _PEM_END) for block in pem.split(_PEM_END)[:-1]]
    return [key for key in keys if isinstance(key, Ed25519PublicKey)]


def _read(package: OpenedPackage, name: str) -> bytes:
    with package.open(name) as file:
        return file.read()
