"""AWS KMS and a Vault as they document themselves, over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from voiceagent.records.at_rest.aws_client import BotoKms
from voiceagent.testing.vendors.aws_kms import ACCESS_KEY, REGION, AwsKmsServer
from voiceagent.testing.vendors.serving import Host, hosting
from voiceagent.testing.vendors.vault_transit import VaultTransitServer


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    with hosting() as running:
        yield running


@pytest.fixture(scope="session")
def vault_host() -> Iterator[Host]:
    """Another one: keys move from here to there."""
    with hosting() as running:
        yield running


@pytest.fixture(scope="session")
def boto(host: Host) -> Iterator[BotoKms]:
    """One client for all: to make one takes longer than a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")  # which nobody shall heed
        yield BotoKms(REGION, host.url)


@pytest.fixture
def kms(host: Host) -> AwsKmsServer:
    return host.put(AwsKmsServer())


@pytest.fixture
def vault(vault_host: Host) -> VaultTransitServer:
    return vault_host.put(VaultTransitServer())


@pytest.fixture
def token_file(vault: VaultTransitServer, tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(vault.issue_token() + "\n")
    return path
