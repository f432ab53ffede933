"""A package of three calls with a recording, written without a database."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from voiceagent.compliance.exports.request import ExportRequest
from voiceagent.compliance.exports.writer import PackageWriter
from voiceagent.compliance.signing_identity import SigningIdentity, new_identity
from voiceagent.core.ids import TenantId
from voiceagent.records.dossier import CallDossier
from voiceagent.records.wav_file import WavFile
from voiceagent.telephony.cdr import CallStatus
from voiceagent.testing.sample_call import STARTED_AT, recorded, sample_events
from voiceagent.testing.sample_dossier import dossier_of

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def identity() -> SigningIdentity:
    return new_identity("voiceagent test", STARTED_AT)


@pytest.fixture(scope="session")
def blob_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("recordings")
    file = WavFile(root / "one.wav")
    file.write(0, bytes(range(256)) * 20)
    file.close()
    return root


@pytest.fixture(scope="session")
def calls(blob_root: Path) -> list[CallDossier]:
    """Two calls that ended, the first with a recording that is there, and one that goes on."""
    ended = [dossier_of(recorded(f"call_{name}", sample_events())) for name in ("A", "B")]
    sha256 = hashlib.sha256((blob_root / "one.wav").read_bytes()).hexdigest()
    recordings = (replace(ended[0].recordings[0], path="one.wav", sha256=sha256),)
    running = replace(ended[1].record, call_id="call_C", status=CallStatus.ANSWERED, ended_at=None)
    return [replace(ended[0], recordings=recordings), ended[1], CallDossier(record=running)]


@pytest.fixture(scope="session")
def request_for_all() -> ExportRequest:
    return ExportRequest(
        export_id="exp_1",
        tenant_id=TenantId("default"),
        organisation="Acme Inc",
        requester="alice",
        purpose="audit",
        created_at=STARTED_AT + timedelta(days=1),
        until=STARTED_AT + timedelta(days=1),
    )


@pytest.fixture(scope="session")
def write(identity: SigningIdentity, blob_root: Path, request_for_all: ExportRequest) -> Write:
    def write(path: Path, calls: list[CallDossier], request: ExportRequest = request_for_all) -> Path:
        with PackageWriter(path, request, identity, blob_root, version="0.1.0") as writer:
            for call in calls:
                writer.add(call)
            return writer.finish(len(calls))

    return write


@pytest.fixture(scope="session")
def package(write: Write, calls: list[CallDossier], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("package") / "export-exp_1.zip", calls)


@pytest.fixture(scope="session")
def pubkey(identity: SigningIdentity) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return identity.certificate.public_bytes(Encoding.PEM)
