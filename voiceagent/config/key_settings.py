"""Who keeps the keys that wrap data keys: files on this machine, AWS KMS, or Vault's Transit engine.

Credentials never stand here: AWS's come from the role or the environment, Vault's token from a variable or a file.
"""

import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from voiceagent.config.settings_part import SettingsPart
from voiceagent.core.errors import ConfigError


def _https(value: str) -> str:
    """Plain HTTP only to this machine, where an agent or a private link may listen."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    extras = (
        parts.query or parts.fragment or "@" in parts.netloc or parts.path.strip("/") or any(map(str.isspace, value))
    )
    if not host or extras or not (parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))):
        raise ValueError("has to be like https://vault.example.com:8200, without a path or a password")
    return value


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _not_of_aws(value: str) -> str:
    if value.startswith("aws/"):
        raise ValueError("AWS keeps aliases that begin with aws/ for itself; name another prefix")
    return value


Address = Annotated[str, AfterValidator(_https)]
AliasPrefix = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9/_-]{0,127}$"), AfterValidator(_not_of_aws)]


class AwsKeySettings(SettingsPart):
    """`alias_prefix`: what stands between `alias/` and the tenant; two installations of one account need two.

    `endpoint`: of a VPC endpoint without private DNS; empty: the region's.
    """

    region: str = Field(pattern=r"^[a-z]{2,3}(-[a-z]+)+-\d{1,2}$")
    alias_prefix: AliasPrefix = "voiceagent/"
    endpoint: Address | Literal[""] = ""


class VaultKeySettings(SettingsPart):
    """`token_file` is read anew for each request, as Vault Agent writes it; without it `token_env` names a variable.

    `namespace` is Vault Enterprise's. `ca_file`: PEM, of an authority of your own.
    """

    address: Address
    mount: str = Field("transit", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")
    key_prefix: str = Field("voiceagent-", pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")
    namespace: str = Field("", pattern=r"^[A-Za-z0-9_/.-]*$")
    token_env: str = "VAULT_TOKEN"  # noqa: S105 - the name of a variable
    token_file: Path | None = None
    ca_file: Path | None = None


class KeySettings(SettingsPart):
    """`provider` wraps what is new. The others that are filled in unwrap what they wrapped, until it has moved."""

    provider: Literal["local", "aws", "vault"] = "local"
    aws: AwsKeySettings | None = None
    vault: VaultKeySettings | None = None

    @model_validator(mode="after")
    def _is_filled_in(self) -> Self:
        if self.provider != "local" and getattr(self, self.provider) is None:
            needed = {"aws": "aws: {region: eu-central-1}", "vault": "vault: {address: https://vault.example.com:8200}"}
            raise ValueError(f"provider {self.provider} needs its settings, such as {needed[self.provider]}")
        return self


def vault_token(settings: VaultKeySettings) -> Callable[[], str]:
    """Reads the token when it is asked to, which raises ConfigError where there is none."""

    def from_file(path: Path) -> str:
        try:
            token = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"keys.vault.token_file {path} cannot be read: {type(error).__name__}") from None
        return _whole(token, f"put Vault's token into {path}, the token_file of keys.vault")

    def read() -> str:
        if settings.token_file is not None:
            return from_file(settings.token_file)
        remedy = (
            f"set the environment variable {settings.token_env} to Vault's token, or name a token_file in keys.vault"
        )
        return _whole(os.environ.get(settings.token_env, ""), remedy)

    return read


def _whole(token: str, remedy: str) -> str:
    """A token as it may stand in a header. Its value is not told."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(remedy)
    return token
