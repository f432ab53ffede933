"""The jobs process's part in campaigns: it has their calls placed, and forgets what is over for long."""

import asyncio
from datetime import timedelta

import structlog

from voiceagent.apps.campaign_dialler import CampaignDialler, DiallerParts
from voiceagent.apps.rules import rules_of_process
from voiceagent.compliance.dialling.placing import Placing
from voiceagent.compliance.retention.rules import Rules
from voiceagent.config.settings import Settings
from voiceagent.control.commands import Commands
from voiceagent.control.connection import RedisConnection
from voiceagent.core.clock import Clock
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import StoreUnavailable
from voiceagent.records.at_rest.contact_seal import ContactSeals
from voiceagent.records.at_rest.keys import KeyProvider
from voiceagent.records.purging.store import PurgeStore
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
            seals=ContactSeals(provider),
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


class CampaignExpiry:
    """Beside the hourly purge: campaigns that ended as long ago as calls are remembered go, with their contacts."""

    def __init__(self, records: Records, rules: Rules, clock: Clock) -> None:
        self._records = records
        self._live = timedelta(days=rules.default_days[ContentClass.METADATA])
        self._clock = clock

    async def run_all(self) -> None:
        """For every tenant. Raises StoreUnavailable."""
        for tenant_id in await PurgeStore(self._records.engine).tenants():
            async with self._records.unit_of_work(tenant_id) as work:
                await work.campaigns.forget(self._clock.now() - self._live)
                await work.commit()
