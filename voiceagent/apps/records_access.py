"""The records for a command on the server: as the API has them; the embedded Postgres is started where it is needed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.config.settings import Settings
from voiceagent.core.errors import ConfigError
from voiceagent.records.migrate import current, expected
from voiceagent.records.opening import open_engine
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.unit_of_work import Records


@asynccontextmanager
async def opened_records(settings: Settings) -> AsyncIterator[Records]:
    """Raises ConfigError and StoreUnavailable. A Postgres that runs already, as under `voiceagent up`, is used."""
    server = None if settings.database_url else EmbeddedPostgres(settings.state_dir.absolute())
    try:
        if server is not None:
            await asyncio.to_thread(server.start)
        url = server.urls["database_url"] if server is not None else settings.database_url
        if (at := await asyncio.to_thread(current, url)) != expected():
            raise ConfigError(f"the database schema is at {at or 'nothing'}: run `voiceagent migrate` first")
        engine = await open_engine(url, Sees.ONE_TENANT, pool_size=1)
        try:
            yield Records(engine)
        finally:
            await engine.dispose()
    finally:
        if server is not None:
            await asyncio.to_thread(server.stop)
