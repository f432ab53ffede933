"""The jobs process's part in campaigns: it has their calls placed, and forgets what is over for long."""

import asyncio

import structlog

from voiceagent.apps.campaign_dialler import CampaignDialler
from voiceagent.apps.campaign_step import DiallerParts
from voiceagent.apps.rules import rules_of_process
from voiceagent.compliance.dialling.placing import Placing
from voiceagent.config.settings import Settings
from voiceagent.control.commands import Commands
from voiceagent.control.connection import RedisConnection
from voiceagent.core.clock import Clock
from voiceagent.core.errors import StoreUnavailable
from voiceagent.records.at_rest.contact_seal import ContactSeals, KeptSeals
from voiceagent.records.at_rest.keys import KeyProvider
from voiceagent.records.unit_of_work import Records

_log = structlog.get_logger(__name__)
_LOOK_S = 1.0


def campaign_dialler(
    settings: Settings, records: Records, redis: RedisConnection, provider: KeyProvider, clock: Clock
) -> CampaignDialler:
    """Raises ConfigError."""
    book = rules_of_process(settings.rules, clock)
    return CampaignDialler(
        DiallerParts(
            records=records,
            placing=Placing(book=book, clock=clock),
            book=book,
            commands=Commands(redis),
            seals=KeptSeals(ContactSeals(provider), clock),
            clock=clock,
            lines_kept_free=settings.sip.lines_kept_free,
        )
    )


async def run_campaigns(dialler: CampaignDialler) -> None:
    """Until cancelled; waits for its stores."""
    while True:
        await asyncio.sleep(_LOOK_S)
        try:
            await dialler.look()
        except StoreUnavailable as error:
            _log.warning("campaigns wait for their stores", problem=str(error))
