"""Whether a package is as it was signed. Needs the package and nothing else: no settings, no network, no database."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from voiceagent.compliance.exports.archive import UNREADABLE, blocks_of, entry_at, first_odd_byte
from voiceagent.compliance.exports.audit_proofs import audit_findings
from voiceagent.compliance.exports.opened import OpenedPackage, opened
from voiceagent.compliance.exports.package_form import FORMAT_VERSION, MANIFEST, SIGNATURE, is_complete
from voiceagent.compliance.exports.signed_calls import SignedCalls
from voiceagent.compliance.exports.verdict import Finding, Outcome, Verdict
from voiceagent.compliance.vcon.signing import Signed, verify
from voiceagent.core.errors import BadInput

_TOLD: Final = ("export_id", "tenant", "requester", "purpose", "created_at", "since", "until", "call_id")
_FINGERPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def verify_package(path: Path, pubkey: bytes | None = None, *, signer: str = "") -> Verdict:
    """Look at every byte of a zip, or at every file of an unpacked package. Never raises for what is in it.

    By whom it must be signed: `pubkey` is PEM, a certificate or a public key, `signer` the fingerprint of a certificate
    (`x5t#S256`). Raises BadInput when they are no such thing.
    """
    expected = _Expected(key=None if pubkey is None else _public_key(pubkey), fingerprint=_fingerprint(signer))
    if not path.exists():
        return _unreadable(path, expected.given, "there is no such file or folder")
    try:
        form = [] if path.is_dir() else _form_of(path)
        with opened(path) as package:
            check = _Verification(package, expected)
            check.run()
    except UNREADABLE as error:
        return _unreadable(path, expected.given, f"it cannot be read: {error}")
    told = {finding.file for finding in check.findings}
    return Verdict(
        package=path.name,
        findings=(*check.findings, *(finding for finding in form if finding.file not in told)),
        key_was_given=expected.given,
        fingerprint=check.fingerprint,
        request=check.request,
        files=check.files,
        calls=check.calls,
    )


def _unreadable(path: Path, key_was_given: bool, what: str) -> Verdict:  # noqa: FBT001 - goes into a field of that name
    finding = Finding(outcome=Outcome.UNREADABLE, file=path.name, what=what)
    return Verdict(package=path.name, findings=(finding,), key_was_given=key_was_given)


def _form_of(path: Path) -> list[Finding]:
    odd = first_odd_byte(path)
    if odd is None:
        return []
    what = f"the zip is not as it was written, at byte {odd} or in the entry there"
    return [Finding(outcome=Outcome.CHANGED, file=entry_at(path, odd) or path.name, what=what)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """Who is known to the receiver; `key` in DER."""

    key: bytes | None
    fingerprint: str

    @property
    def given(self) -> bool:
        return self.key is not None or bool(self.fingerprint)

    def is_signer(self, signed: Signed) -> bool:
        has_key = self.key is None or _der(signed.certificate) == self.key
        return has_key and self.fingerprint in ("", signed.fingerprint)


class _Verification:
    def __init__(self, package: OpenedPackage, expected: _Expected) -> None:
        self._package, self._expected = package, expected
        self._times = Counter(package.names())
        self.findings: list[Finding] = []
        self.fingerprint = ""
        self.request: Mapping[str, Any] = {}
        self.files = 0
        self.calls = 0

    def run(self) -> None:
        signed = self._signature()
        if signed is None:
            return
        self.fingerprint = signed.fingerprint
        if not self._expected.is_signer(signed):
            self._found(
                Outcome.UNKNOWN_KEY, SIGNATURE, f"signed by {signed.fingerprint}, which is not the key that was given"
            )
        there = self._read(MANIFEST)
        if there is not None and there != signed.payload:
            self._found(Outcome.CHANGED, MANIFEST, "it is not what was signed")
        try:
            manifest = self._manifest(signed.payload)
            if manifest is not None:
                self._contents(manifest)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            self._found(Outcome.UNREADABLE, MANIFEST, f"signed, but nothing that voiceagent writes: {error!r}")

    def _signature(self) -> Signed | None:
        data = self._read(SIGNATURE)
        if data is None:
            return None
        try:
            return verify(data)
        except BadInput as error:
            self._found(Outcome.CHANGED, SIGNATURE, str(error))
            return None

    def _manifest(self, payload: bytes) -> Mapping[str, Any] | None:
        manifest: Mapping[str, Any] = json.loads(payload)
        version = manifest.get("format_version")
        if version != FORMAT_VERSION:
            what = (
                f"this verifier reads format {FORMAT_VERSION}, the package has {version}; use the version that wrote it"
            )
            self._found(Outcome.UNREADABLE, MANIFEST, what)
            return None
        return manifest

    def _contents(self, manifest: Mapping[str, Any]) -> None:
        entries = manifest["files"]
        self.request = {name: manifest["request"][name] for name in _TOLD}
        self.files, self.calls = len(entries), manifest["counts"]["calls"]
        listed = {entry["path"] for entry in entries}
        self._strangers(listed)
        good = {entry["path"] for entry in entries if self._is_good(entry)}
        self._counts(manifest, listed, good)
        if not is_complete(manifest):
            self._found(Outcome.MISSING, MANIFEST, "calls in range are neither exported nor excluded with a reason")
        self.findings += SignedCalls(self._package, manifest, self.fingerprint).findings(good)
        self.findings += audit_findings(self._package, manifest, good)

    def _strangers(self, listed: set[str]) -> None:
        for name, times in sorted(self._times.items()):
            if times > 1:
                self._found(Outcome.CHANGED, name, f"it is there {times} times")
            if name not in listed and name not in (MANIFEST, SIGNATURE):
                self._found(Outcome.CHANGED, name, "it is not in the manifest")

    def _is_good(self, entry: Mapping[str, Any]) -> bool:
        name = entry["path"]
        if name not in self._times:
            self._found(Outcome.MISSING, name, "it is in the manifest, but not here")
            return False
        try:
            with self._package.open(name) as file:
                digest = hashlib.sha256()
                for block in blocks_of(file):
                    digest.update(block)
        except UNREADABLE as error:
            self._found(Outcome.CHANGED, name, f"it cannot be read: {error}")
            return False
        if digest.hexdigest() != entry["sha256"]:
            self._found(Outcome.CHANGED, name, "its content is not what was signed")
            return False
        return True

    def _counts(self, manifest: Mapping[str, Any], listed: set[str], good: set[str]) -> None:
        for table, count in sorted(manifest["counts"].items()):
            name = f"records/{table}.jsonl"
            if name not in listed:
                self._found(Outcome.MISSING, name, f"the manifest tells of {count} rows, but does not list it")
            if name not in good:
                continue
            with self._package.open(name) as file:
                lines = sum(block.count(b"\n") for block in blocks_of(file))
            if lines != count:
                self._found(Outcome.MISSING, name, f"{lines} rows, but the manifest says {count}")

    def _read(self, name: str) -> bytes | None:
        if name not in self._times:
            self._found(Outcome.MISSING, name, "it is not here")
            return None
        try:
            with self._package.open(name) as file:
                return file.read()
        except UNREADABLE as error:
            self._found(Outcome.CHANGED, name, f"it cannot be read: {error}")
            return None

    def _found(self, outcome: Outcome, file: str, what: str) -> None:
        self.findings.append(Finding(outcome=outcome, file=file, what=what))


def _fingerprint(text: str) -> str:
    if text and _FINGERPRINT.fullmatch(text) is None:
        raise BadInput("the signer is no fingerprint: `voiceagent export` tells it, 43 letters, digits, - and _")
    return text


def _public_key(pem: bytes) -> bytes:
    try:
        if b"BEGIN CERTIFICATE" in pem:
            return _der(x509.load_pem_x509_certificate(pem))
        return _der_of(serialization.load_pem_public_key(pem))
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise BadInput("the key is neither a certificate nor a public key in PEM; ask for keys/signer.pem") from error


def _der(certificate: x509.Certificate) -> bytes:
    return _der_of(certificate.public_key())


def _der_of(key: Any) -> bytes:
    der: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return der
