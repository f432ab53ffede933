"""A bucket as S3 documents itself, over real HTTP."""

from collections.abc import Iterator

import pytest

from voiceagent.records.blobs.s3_client import BotoS3
from voiceagent.records.blobs.s3_store import S3Store
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.vendors.s3 import ACCESS_KEY, BUCKET, REGION, S3Server
from voiceagent.testing.vendors.serving import Host, hosting


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    with hosting() as running:
        yield running


@pytest.fixture(scope="session")
def boto(host: Host) -> Iterator[BotoS3]:
    """One client for all: to make one takes longer than a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")  # which nobody shall heed
        yield BotoS3(BUCKET, REGION, endpoint=host.url)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def s3(host: Host, clock: ManualClock) -> S3Server:
    return host.put(S3Server(clock=clock))


@pytest.fixture
def store(s3: S3Server, boto: BotoS3, clock: ManualClock) -> Iterator[S3Store]:
    opened = S3Store(boto, prefix="voiceagent/", clock=clock, sleep=clock.advance)
    yield opened
    opened.close()
