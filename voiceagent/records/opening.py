"""Opening Postgres for a process: only as a login for which tenants are kept apart."""

from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.errors import StoreUnavailable
from voiceagent.records.engine import create_engine, store_errors
from voiceagent.records.migrate import sync_engine
from voiceagent.records.tenancy.check import Sees, problems, standing
from voiceagent.records.unit_of_work import Records

_log = structlog.get_logger(__name__)


async def open_engine(url: str, sees: Sees, *, pool_size: int = 5) -> AsyncEngine:
    """An engine whose connections see just that. Raises ConfigError, which says what to do, where Postgres would not.

    While Postgres is away the process starts all the same, and its first connection is checked when there is one.
    """
    engine = create_engine(url, pool_size=pool_size, sees=sees)
    try:
        await Records(engine).ping()
    except StoreUnavailable as error:
        _log.warning("postgres is away at the start", problem=str(error))
    except BaseException:
        await engine.dispose()
        raise
    return engine


def look(url: str, sees: Sees) -> tuple[str, Sequence[str]]:
    """Who the login is, and what is wrong with it: the same check for people. Blocks. Raises StoreUnavailable."""
    engine = sync_engine(url)
    with store_errors(), engine.connect() as connection:
        found = standing(connection.connection)
    engine.dispose()
    return found.login, problems(found, sees)
