"""Where recordings lie: what can be written."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from voiceagent.config.blob_settings import BlobSettings, LockSettings, S3Settings
from voiceagent.config.settings import load_settings
from voiceagent.records.blobs.kept_blobs import LockRule
from voiceagent.records.blobs.store import LockMode


def test_recordings_lie_in_a_folder_until_something_else_is_said() -> None:
    assert BlobSettings() == BlobSettings(store="local", s3=None)


def test_a_bucket_needs_its_settings() -> None:
    with pytest.raises(ValidationError, match="store s3 needs its settings, such as s3: "):
        BlobSettings.model_validate({"store": "s3"})


def test_variables_are_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"STORE": "s3", "S3__BUCKET": "acme", "S3__REGION": "eu-central-1"}.items():
        monkeypatch.setenv(f"VOICEAGENT_BLOBS__{name}", value)
    for name, value in {"MODE": "compliance", "DAYS": "30"}.items():
        monkeypatch.setenv(f"VOICEAGENT_BLOBS__S3__LOCK__{name}", value)

    blobs = load_settings().blobs
    lock = LockSettings(mode=LockMode.COMPLIANCE, days=30)
    assert blobs == BlobSettings(store="s3", s3=S3Settings(bucket="acme", region="eu-central-1", lock=lock))
    assert lock.rule == LockRule(mode=LockMode.COMPLIANCE, length=timedelta(days=30))


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": "Acme_Recordings"},
        {"bucket": "acme?versionId=1"},
        {"region": "Frankfurt"},
        {"prefix": "/voiceagent/"},
        {"prefix": "voiceagent"},
        {"prefix": "voice//agent/"},
        {"endpoint": "http://minio.example.com:9000"},
        {"endpoint": "https://key:secret@minio.example.com"},
        {"lock": {"mode": "compliance"}},
        {"lock": {"mode": "forever", "days": 30}},
        {"lock": {"mode": "governance", "days": 0}},
        {"access_key_id": "AKIDEXAMPLE"},
    ],
)
def test_what_names_no_bucket_or_would_send_sound_in_the_open_is_refused(wrong: dict[str, object]) -> None:
    good = {"bucket": "acme-recordings", "region": "eu-central-1", "endpoint": "https://minio.example.com:9000"}
    assert S3Settings.model_validate(good)

    with pytest.raises(ValidationError):
        S3Settings.model_validate({**good, **wrong})
