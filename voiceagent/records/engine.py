"""The connection pool, and what a lost connection is called in the rest of the house."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from voiceagent.core.errors import BadInput, StoreUnavailable
from voiceagent.records.tenancy.check import Sees, refuse_unless_apart

DRIVER = "postgresql+psycopg"
# A query that takes longer than this is a bug; waiting for it would only hide it.
_SERVER_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"
)


def create_engine(url: str, *, pool_size: int = 5, sees: Sees | None = None) -> AsyncEngine:
    """A lazily connecting engine for `postgresql://…`; dispose of it with `await engine.dispose()`.

    sees: connections raise ConfigError unless Postgres shows them just that; None asks nothing.
    """
    engine = create_async_engine(
        make_url(url).set(drivername=DRIVER),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5.0,
        pool_pre_ping=True,
        hide_parameters=True,  # errors are logged, and what a statement says of people is not
        connect_args={"connect_timeout": 5, "options": _SERVER_OPTIONS},
    )
    if sees is not None:
        refuse_unless_apart(engine, sees)
    return engine


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn a lost or refused connection into StoreUnavailable; errors of the statement itself pass."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StoreUnavailable("Postgres does not answer; run `voiceagent doctor`") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable("Postgres closed the connection; run `voiceagent doctor`") from error
        raise


_NUL_IN_JSON: Final = "22P05"  # untranslatable_character


@contextmanager
def text_errors() -> Iterator[None]:
    """Turn a NUL in somebody's words, which Postgres takes in no text, into BadInput."""
    try:
        yield
    except DataError as error:
        if "NUL" in str(error.orig) or getattr(error.orig, "sqlstate", "") == _NUL_IN_JSON:
            raise BadInput("a text holds the character NUL, which cannot be kept; leave it out") from error
        raise
