import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from voiceagent.config.audit_keys import load_or_make_signing_key, load_public_keys, public_keys_file
from voiceagent.core.errors import ConfigError


def test_the_key_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    key = load_or_make_signing_key(tmp_path)
    again = load_or_make_signing_key(tmp_path)

    assert key.private_bytes_raw() == again.private_bytes_raw()
    assert stat.S_IMODE((tmp_path / "audit" / "signing.key").stat().st_mode) == 0o600
    [public] = load_public_keys(public_keys_file(tmp_path))
    assert public.public_bytes_raw() == key.public_key().public_bytes_raw()


def test_several_who_make_it_at_once_get_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        keys = list(threads.map(load_or_make_signing_key, [tmp_path] * 4))

    assert len({key.private_bytes_raw() for key in keys}) == 1


def test_the_keys_of_before_are_still_known(tmp_path: Path) -> None:
    old = load_or_make_signing_key(tmp_path)
    (tmp_path / "audit" / "signing.key").rename(tmp_path / "old.key")

    new = load_or_make_signing_key(tmp_path)

    known = {key.public_bytes_raw() for key in load_public_keys(public_keys_file(tmp_path))}
    assert known == {key.public_key().public_bytes_raw() for key in (old, new)}


@pytest.mark.parametrize("content", ["", "nothing", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_file_without_keys_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "some.pub").write_text(content)

    with pytest.raises(ConfigError, match="public keys"):
        load_public_keys(tmp_path / "some.pub")


def test_a_key_that_others_can_read_or_that_is_damaged_is_not_used(tmp_path: Path) -> None:
    load_or_make_signing_key(tmp_path)
    path = tmp_path / "audit" / "signing.key"
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_or_make_signing_key(tmp_path)

    path.chmod(0o600)
    path.write_text("nothing")
    with pytest.raises(ConfigError, match="damaged"):
        load_or_make_signing_key(tmp_path)
