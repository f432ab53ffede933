"""What `voiceagent doctor` says of who keeps the wrapping keys."""

from pathlib import Path

import pytest

from voiceagent.apps.wrapping_keys import check_keys
from voiceagent.config.key_settings import KeySettings, VaultKeySettings
from voiceagent.config.settings import Settings
from voiceagent.testing.vendors.serving import hosting
from voiceagent.testing.vendors.vault_transit import TransitKey, VaultTransitServer

KEY = "voiceagent-default"


def test_doctor_tries_a_key_and_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hosting() as host:
        vault = host.put(VaultTransitServer())
        monkeypatch.setenv("VAULT_TOKEN", vault.issue_token())
        keys = KeySettings(provider="vault", vault=VaultKeySettings(address=vault.url))
        settings = Settings(state_dir=tmp_path, keys=keys)

        (first,) = check_keys(settings)
        assert (first.ok, vault.keys) == (True, {})
        assert "first key is made when it is needed" in first.found

        vault.keys[KEY] = TransitKey([bytes(32)])
        (works,) = check_keys(settings)
        assert (works.ok, works.found) == (True, f"Vault at {vault.url}: vault:transit/{KEY}:v1")

        vault.old = True
        (holds_no_names,) = check_keys(settings)
        assert not holds_no_names.ok
        assert "use Vault 1.9" in holds_no_names.remedy

        vault.sealed = True
        (sealed,) = check_keys(settings)
        assert "unseal it" in sealed.remedy


def test_files_that_others_can_read_are_found(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    folder = tmp_path / "keys" / "default"
    folder.mkdir(parents=True)
    (folder / "kek_1.key").write_bytes(bytes(32))

    (finding,) = check_keys(settings)

    assert not finding.ok
    assert "chmod" in finding.remedy
