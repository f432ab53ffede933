"""Settings of the work that waits in Postgres, and of the webhooks that it delivers."""

import ipaddress

from pydantic import Field, field_validator

from voiceagent.config.settings_part import SettingsPart


class JobSettings(SettingsPart):
    """How work that waits in Postgres is done: how much at once, and how often what failed is tried again.

    `silent_s`: a process that says nothing for so long is gone, and what it was doing is done by another.
    """

    concurrency: int = Field(4, ge=1, le=64)
    attempts: int = Field(30, ge=1, le=1000)
    first_wait_s: float = Field(5.0, gt=0)
    longest_wait_s: float = Field(3600.0, gt=0)
    silent_s: float = Field(30.0, ge=1)


class WebhookSettings(SettingsPart):
    """`allow_networks`: private networks that webhooks may go to besides public addresses, as "10.1.0.0/16"."""

    allow_networks: tuple[str, ...] = ()

    @field_validator("allow_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network)
        return value
