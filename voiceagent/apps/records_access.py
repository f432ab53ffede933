"""The records for a command on the server, as the API has them: of one tenant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voiceagent.apps.database import Login, reachable_database
from voiceagent.apps.to_the_end import to_the_end
from voiceagent.config.settings import Settings
from voiceagent.core.errors import ConfigError
from voiceagent.records.migrate import current, expected
from voiceagent.records.opening import open_engine
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.unit_of_work import Records


@asynccontextmanager
async def opened_records(settings: Settings) -> AsyncIterator[Records]:
    """Raises ConfigError and StoreUnavailable."""
    with reachable_database(settings, Login.API) as url:
        if (at := await to_the_end(current, url)) != expected():
            raise ConfigError(f"the database schema is at {at or 'nothing'}: run `voiceagent migrate` first")
        engine = await open_engine(url, Sees.ONE_TENANT, pool_size=1)
        try:
            yield Records(engine)
        finally:
            await engine.dispose()
