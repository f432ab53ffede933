"""A carrier or PBX: who may call us over it, and how we call over it."""

import ipaddress
import os
from typing import Self

from pydantic import Field, field_validator, model_validator

from voiceagent.config.settings_part import SettingsPart
from voiceagent.core.errors import ConfigError
from voiceagent.telephony.routing import DialPeer


class OutboundTrunkSettings(SettingsPart):
    """Calls of ours go to `address` (ip or ip:port), with digest credentials when it asks for them.

    An address, not a name: names would be looked up on the thread that all calls of a cell share.
    """

    address: str
    username: str = ""
    password_env: str = ""
    ring_timeout_s: float = Field(40.0, ge=5, le=180)

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        host, _, port = value.partition(":")
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise ValueError(f"{value!r} is no IPv4 address; write it like 192.0.2.10 or 192.0.2.10:5060") from None
        if ":" in value and not (port.isdigit() and 0 < int(port) < 65_536):
            raise ValueError(f"{port!r} is no port; write the address like 192.0.2.10:5060")
        return value

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if bool(self.username) != bool(self.password_env):
            raise ValueError("username and password_env go together: give both, or none")
        return self

    def peer(self, trunk: str) -> DialPeer:
        """With the password out of the environment. Raises ConfigError when it is not there."""
        password = os.environ.get(self.password_env, "") if self.username else ""
        if self.username and not password:
            raise ConfigError(f"trunk {trunk}: set the environment variable {self.password_env} to its password")
        return DialPeer(
            address=self.address, username=self.username, password=password, ring_timeout_s=self.ring_timeout_s
        )


class TrunkSettings(SettingsPart):
    """A carrier or PBX that may call us. `allow` lists networks; digest credentials are optional.

    `outbound` says where our own calls go; without it none goes over this trunk.
    """

    name: str
    allow: tuple[str, ...]
    username: str = ""
    realm: str = "voiceagent"
    password_env: str = ""
    outbound: OutboundTrunkSettings | None = None

    @field_validator("allow")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError:
                raise ValueError(f"{network!r} is no network; write it like 192.0.2.0/28") from None
        return value


def trunk_password(trunk: TrunkSettings) -> str:
    """The password a trunk's `password_env` names. Raises ConfigError when that variable is not set."""
    password = os.environ.get(trunk.password_env, "")
    if not password:
        raise ConfigError(
            f"trunk {trunk.name}: set the environment variable {trunk.password_env or '(name one in password_env)'} "
            "to the trunk's password"
        )
    return password
