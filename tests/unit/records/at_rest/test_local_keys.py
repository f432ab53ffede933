from pathlib import Path

import pytest

from voiceagent.core.errors import BadInput, ConfigError, Damaged, NotFound, Unavailable
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.local_keys import LocalKeys

TENANT, OTHER = TenantId("ten_a"), TenantId("ten_b")
SECRET = bytes(range(32))


@pytest.fixture
def keys(tmp_path: Path) -> LocalKeys:
    return LocalKeys(tmp_path / "keys")


async def test_a_wrapped_key_comes_back(keys: LocalKeys) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")

    assert SECRET not in wrapped.wrapped
    assert await keys.unwrap(TENANT, wrapped, b"dek_1") == SECRET


async def test_a_wrapped_key_opens_under_its_own_name_only(keys: LocalKeys) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")

    with pytest.raises(Damaged):
        await keys.unwrap(TENANT, wrapped, b"dek_2")


async def test_a_tenant_has_wrapping_keys_of_its_own(keys: LocalKeys) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    await keys.wrap(OTHER, SECRET, b"dek_1")

    with pytest.raises(NotFound):
        await keys.unwrap(OTHER, wrapped, b"dek_1")


async def test_after_a_rotation_new_keys_wrap_and_old_ones_go_on_unwrapping(keys: LocalKeys) -> None:
    before = await keys.wrap(TENANT, SECRET, b"dek_1")
    newest = await keys.rotate(TENANT)
    after = await keys.wrap(TENANT, SECRET, b"dek_1")

    assert before.kek_id != newest == after.kek_id
    assert await keys.unwrap(TENANT, before, b"dek_1") == SECRET


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


async def test_an_id_is_no_path(keys: LocalKeys) -> None:
    with pytest.raises(BadInput):
        await keys.wrap(TenantId("../elsewhere"), SECRET, b"dek_1")
