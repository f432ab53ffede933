"""Who keeps wrapping keys: what can be written, and where Vault's token comes from."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from voiceagent.config.key_settings import AwsKeySettings, KeySettings, VaultKeySettings, vault_token
from voiceagent.config.settings import load_settings
from voiceagent.core.errors import ConfigError


def test_keys_lie_in_files_until_something_else_is_said() -> None:
    assert KeySettings().provider == "local"


@pytest.mark.parametrize("provider", ["aws", "vault"])
def test_a_provider_needs_its_settings(provider: str) -> None:
    with pytest.raises(ValidationError, match=f"provider {provider} needs its settings, such as {provider}: "):
        KeySettings.model_validate({"provider": provider})


def test_variables_are_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICEAGENT_KEYS__PROVIDER", "aws")
    monkeypatch.setenv("VOICEAGENT_KEYS__AWS__REGION", "eu-central-1")

    assert load_settings().keys.aws == AwsKeySettings(region="eu-central-1", alias_prefix="voiceagent/")


@pytest.mark.parametrize("region", ["", "Frankfurt", "eu-central-1; x", "us-gov-west-1\n"])
def test_a_region_is_named_as_aws_names_it(region: str) -> None:
    assert AwsKeySettings(region="us-gov-west-1")
    with pytest.raises(ValidationError):
        AwsKeySettings(region=region)


def test_aws_keeps_some_aliases_for_itself() -> None:
    with pytest.raises(ValidationError, match="AWS keeps aliases"):
        AwsKeySettings(region="eu-central-1", alias_prefix="aws/voiceagent/")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8100", "http://localhost:8100", "https://vault.example.com:8200"]
)
def test_a_vault_is_asked_over_tls_or_on_this_machine(address: str) -> None:
    assert VaultKeySettings(address=address).address == address


@pytest.mark.parametrize(
    "address",
    [
        "http://vault.example.com:8200",
        "https://user:secret@vault.example.com",
        "https://vault.example.com/v1/",
        "https://vault.example.com:x",
        "vault.example.com",
    ],
)
def test_an_address_that_sends_keys_in_the_open_or_holds_a_secret_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match=r"https://vault\.example\.com:8200") as raised:
        VaultKeySettings(address=address)

    assert "user:secret" not in str(raised.value)


def test_a_token_comes_out_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    token = vault_token(VaultKeySettings(address="https://vault.example.com", token_env="OUR_TOKEN"))

    with pytest.raises(ConfigError, match="OUR_TOKEN"):
        token()
    monkeypatch.setenv("OUR_TOKEN", "hvs.secret")
    assert token() == "hvs.secret"


def test_a_token_file_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "token"
    token = vault_token(VaultKeySettings(address="https://vault.example.com", token_file=path))

    with pytest.raises(ConfigError, match="cannot be read"):
        token()
    for text in ("hvs.first\n", "hvs.second"):
        path.write_text(text)
        assert token() == text.strip()


@pytest.mark.parametrize("content", ["", "two words", "hvs.a\r\nX-Other: b"])
def test_what_cannot_be_a_token_is_not_sent_and_not_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_text(content)

    with pytest.raises(ConfigError) as raised:
        vault_token(VaultKeySettings(address="https://vault.example.com", token_file=path))()

    assert "hvs.a" not in str(raised.value)
