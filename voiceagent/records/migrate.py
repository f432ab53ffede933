"""Bring a database to the schema that this version expects. Synchronous: call it with `asyncio.to_thread`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

import voiceagent
from voiceagent.core.errors import ConfigError
from voiceagent.records.base import Base
from voiceagent.records.engine import DRIVER, store_errors
from voiceagent.records.jobs.tables import PREFIX
from voiceagent.records.tenancy.roles import ensure_roles

_LOCK = 0x766F6963656D6967  # "voicemig": one migrating process at a time


def upgrade(url: str) -> str:
    """Apply what is missing; the revision then reached. Safe from several processes.

    `url` is of the owner of the database. Raises StoreUnavailable, and ConfigError when the login may not do it.
    """
    engine = sync_engine(url)
    with store_errors(), _enough_rights(), engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        ensure_roles(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.execute(text("SELECT protect_tenants()"))
    engine.dispose()
    return expected()


@contextmanager
def _enough_rights() -> Iterator[None]:
    try:
        yield
    except ProgrammingError as error:
        if isinstance(error.orig, InsufficientPrivilege):
            raise ConfigError(
                "this login may not change the database: migrate as its owner, whose URL belongs into "
                "VOICEAGENT_DATABASE_OWNER_URL; `voiceagent migrate --print-roles` prints how the roles are made"
            ) from error
        raise


def current(url: str) -> str | None:
    """The revision that the database is at; None before the first. Raises StoreUnavailable."""
    engine = sync_engine(url)
    with store_errors(), engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return revision


def expected() -> str:
    """The revision that this version of the software needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise ConfigError("the installation has no migrations; install voiceagent again")
    return head


def differences(url: str) -> Sequence[Any]:
    """What the models have and the database has not, and the other way round; empty when they agree."""
    engine = sync_engine(url)
    with store_errors(), engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True, "include_object": ours})
        found: Sequence[Any] = compare_metadata(context, Base.metadata)
    engine.dispose()
    return found


def ours(_item: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:  # noqa: FBT001 - Alembic's
    """Whether Alembic shall compare it: procrastinate's tables, and what we hung on them, are no models of ours."""
    if kind == "foreign_key_constraint":
        return not str(name).endswith("_of_procrastinate")
    return kind != "table" or not str(name).startswith(PREFIX)


def sync_engine(url: str) -> Engine:
    """An engine for one short piece of work."""
    return create_engine(make_url(url).set(drivername=DRIVER), poolclass=NullPool, connect_args={"connect_timeout": 5})


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


def _folder() -> Path:
    package = Path(voiceagent.__file__).parent
    for folder in (package / "_migrations", package.parent / "migrations"):  # in a wheel, in a checkout
        if (folder / "env.py").exists():
            return folder
    raise ConfigError("the installation has no migrations folder; install voiceagent again")
