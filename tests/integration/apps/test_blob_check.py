"""What `voiceagent doctor` says of where recordings lie."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from voiceagent.apps.blobs import check_blobs, note_bucket
from voiceagent.config.blob_settings import BlobSettings, LockSettings, S3Settings
from voiceagent.config.settings import Settings
from voiceagent.records.blobs.store import LockMode
from voiceagent.testing.vendors.s3 import ACCESS_KEY, BUCKET, REGION, S3Server
from voiceagent.testing.vendors.serving import hosting


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with hosting() as host:
        yield host.put(S3Server())


def settings_of(s3: S3Server, tmp_path: Path, lock: LockSettings | None = None) -> Settings:
    bucket = S3Settings(bucket=BUCKET, region=REGION, endpoint=s3.url, lock=lock)
    return Settings(state_dir=tmp_path, blobs=BlobSettings(store="s3", s3=bucket))


def test_a_folder_claims_no_lock(tmp_path: Path) -> None:
    (finding,) = check_blobs(Settings(state_dir=tmp_path))

    assert (finding.ok, finding.found) == (True, f"{tmp_path / 'recordings'}; object lock: none, a folder has no locks")


async def test_the_log_says_at_the_start_what_a_bucket_was_seen_to_do(s3: S3Server, tmp_path: Path) -> None:
    wanted = settings_of(s3, tmp_path, LockSettings(mode=LockMode.COMPLIANCE, days=30))
    with capture_logs() as logs:
        for settings in (settings_of(s3, tmp_path), wanted, Settings(state_dir=tmp_path)):
            await note_bucket(settings)

    assert [(one["log_level"], one["event"]) for one in logs] == [
        ("info", "bucket tried"),
        ("error", "bucket does not do what the settings want"),
    ]
    assert "object lock: not proven" in logs[0]["found"]


def test_doctor_tells_what_it_saw_a_bucket_do(s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = f"s3://{BUCKET}/voiceagent/ at {s3.url}: "
    lock = LockSettings(mode=LockMode.COMPLIANCE, days=30)

    (plain,) = check_blobs(settings_of(s3, tmp_path))
    (wanted,) = check_blobs(settings_of(s3, tmp_path, lock))
    s3.refused = {"PutObject": "AccessDenied"}
    (refused,) = check_blobs(settings_of(s3, tmp_path))

    not_proven = "object lock: not proven (object lock is not switched on for the bucket); legal holds: not proven"
    assert (plain.ok, plain.found) == (True, f"{where}keeps no versions; {not_proven}")
    assert (wanted.ok, "not seen to hold" in wanted.remedy) == (False, True)
    assert (refused.ok, "s3:PutObject" in refused.remedy) == (False, True)
