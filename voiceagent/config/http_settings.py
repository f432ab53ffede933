"""Settings of what listens for HTTP."""

from typing import Annotated

from pydantic import Field, field_validator

from voiceagent.config.settings_part import SettingsPart
from voiceagent.config.sign_in_settings import IdentityProviderSettings

Port = Annotated[int, Field(ge=0, le=65535)]  # 0 takes a free one


class HttpSettings(SettingsPart):
    """Where an HTTP part listens."""

    host: str = "127.0.0.1"
    port: Port = 0


class LimitSettings(SettingsPart):
    """How often the API may be asked. `burst` at once, then `per_s`; failures are wrong keys from one address.

    `raw_reads_per_day`: recordings, and calls whose words are kept raw, that a person opens on a day (UTC); `null` for
    no bound. `system_raw_reads_per_day`: likewise of a key that was made on the server.
    """

    key_per_s: float = Field(50.0, gt=0)
    key_burst: int = Field(200, ge=1)
    address_per_s: float = Field(100.0, gt=0)
    address_burst: int = Field(400, ge=1)
    failures_per_minute: float = Field(6.0, gt=0)
    failures_burst: int = Field(20, ge=1)
    raw_reads_per_day: int | None = Field(50, ge=0)
    system_raw_reads_per_day: int | None = Field(None, ge=0)


class ApiSettings(HttpSettings):
    """The admin API. `trusted_proxies`: addresses whose X-Forwarded-For is believed, such as your TLS proxy's.

    `oidc`: where people sign in; without any, only API keys open it.
    """

    port: Port = 8080
    trusted_proxies: tuple[str, ...] = ()
    limits: LimitSettings = LimitSettings()
    oidc: tuple[IdentityProviderSettings, ...] = ()

    @field_validator("oidc")
    @classmethod
    def _issuers_are_told_apart(
        cls, value: tuple[IdentityProviderSettings, ...]
    ) -> tuple[IdentityProviderSettings, ...]:
        if len({one.issuer for one in value}) < len(value):
            raise ValueError("an issuer is listed twice, and its tokens belong to one tenant; keep one")
        return value
