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


class Sound:
    """An open recording in memory."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = len(content)

    def read(self, start: int, length: int) -> bytes:
        return self.content[start : start + length]

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="session")
def identity() -> SigningIdentity:
    return new_identity("voiceagent test", STARTED_AT)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    path = tmp_path_factory.mktemp("recordings") / "one.wav"
    file = WavFile(path)
    file.write(0, bytes(range(256)) * 20)
    file.close()
    return Sound(path.read_bytes())


@pytest.fixture(scope="session")
def calls(sound: Sound) -> list[CallDossier]:
    """Two calls that ended, the first with a recording that is there, and one that goes on."""
    ended = [dossier_of(recorded(f"call_{name}", sample_events())) for name in ("A", "B")]
    sha256 = hashlib.sha256(sound.content).hexdigest()
    recordings = (replace(ended[0].recordings[0], sha256=sha256),)
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
def write(identity: SigningIdentity, sound: Sound, request_for_all: ExportRequest) -> Write:
    """Only the first call's recording has a file."""

    def write(path: Path, calls: list[CallDossier], request: ExportRequest = request_for_all) -> Path:
        with PackageWriter(path, request, identity, version="0.1.0") as writer:
            for call in calls:
                has_file = call.record.call_id == "call_A"
                writer.add(call, {one.id: sound for one in call.recordings if has_file})
            return writer.finish(len(calls))

    return write


@pytest.fixture(scope="session")
def package(write: Write, calls: list[CallDossier], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("package") / "export-exp_1.zip", calls)


@pytest.fixture(scope="session")
def pubkey(identity: SigningIdentity) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return identity.certificate.public_bytes(Encoding.PEM)
