from pathlib import Path

import pytest

from voiceagent.core.errors import ConfigError, NotFound, Unavailable
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.testing.key_provider_contract import SECRET, TENANT, Doors, KeyProviderContract


@pytest.fixture
def keys(tmp_path: Path) -> LocalKeys:
    return LocalKeys(tmp_path / "keys")


class TestContract(KeyProviderContract):
    @pytest.fixture
    def two_doors(self, tmp_path: Path) -> Doors:
        return LocalKeys(tmp_path / "keys"), LocalKeys(tmp_path / "keys")


async def test_keys_are_for_their_owner_only(keys: LocalKeys, tmp_path: Path) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    (path,) = (tmp_path / "keys" / TENANT).glob("*.key")

    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o400, 0o700)
    path.chmod(0o444)
    with pytest.raises(ConfigError, match="chmod 400"):
        await keys.unwrap(TENANT, wrapped, b"dek_1")


async def test_without_its_wrapping_key_a_data_key_is_lost(keys: LocalKeys, tmp_path: Path) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    (path,) = (tmp_path / "keys" / TENANT).glob("*.key")
    path.unlink()

    with pytest.raises(NotFound, match="is gone"):
        await keys.unwrap(TENANT, wrapped, b"dek_1")


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")

    with pytest.raises(Unavailable, match="no key can be made"):
        await LocalKeys(tmp_path / "keys").wrap(TENANT, SECRET, b"dek_1")
