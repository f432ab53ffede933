"""Asks the CRM once, as a call would: doctor's proof that address, credentials and rights are right."""

import asyncio
from typing import Final

from voiceagent.background.crm_discovery import find_connector
from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import UpstreamUnavailable

_PATIENCE_S: Final = 15.0


def ask_crm(settings: Settings) -> str:
    """Which CRM, and how fast it answered. Raises what a call would have met, ConfigError first of all."""
    opener = find_connector(settings.crm.connector)
    if settings.crm.connector == "demo":
        return "demo"  # lives in our own Postgres, which may not be running now
    clock = SystemClock()
    began_s = clock.monotonic()

    async def ask() -> None:
        async with asyncio.timeout(_PATIENCE_S), opener(settings.crm.options) as crm:
            await crm.check()

    try:
        asyncio.run(ask())
    except TimeoutError as error:
        raise UpstreamUnavailable(f"{settings.crm.connector} gave no answer within {_PATIENCE_S:g} s") from error
    return f"{settings.crm.connector}, answered in {(clock.monotonic() - began_s) * 1000:.0f} ms"
