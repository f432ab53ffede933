import pytest

from voiceagent.compliance.signing_identity import SigningIdentity, new_identity
from voiceagent.compliance.vcon.emit import emit
from voiceagent.compliance.vcon.profile import RecordedMedia, VconOptions
from voiceagent.records.dossier import CallDossier
from voiceagent.testing.sample_call import STARTED_AT, recorded, sample_events
from voiceagent.testing.sample_dossier import dossier_of


@pytest.fixture(scope="session")
def identity() -> SigningIdentity:
    return new_identity("voiceagent test", STARTED_AT)


@pytest.fixture
def dossier() -> CallDossier:
    return dossier_of(recorded("call_01KAJ0000000000000000000AA", sample_events()))


@pytest.fixture
def media(dossier: CallDossier) -> dict[str, RecordedMedia]:
    name = "A" * 86
    return {dossier.recordings[0].id: RecordedMedia(name=f"{name}.wav", content_hash=f"sha512-{name}")}


@pytest.fixture
def options() -> VconOptions:
    return VconOptions(organisation="Acme Inc")


@pytest.fixture
def vcon(dossier: CallDossier, media: dict[str, RecordedMedia], options: VconOptions) -> dict:
    return emit(dossier, media, options)
