"""The database as a command of an operator reaches it, whether the platform is running or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.config.settings import Settings


class Login(StrEnum):
    """As whom; the values are names of settings."""

    API = "database_url"
    JOBS = "database_jobs_url"
    OWNER = "database_owner_url"


@contextmanager
def reachable_database(settings: Settings, login: Login = Login.JOBS) -> Iterator[str]:
    """The URL in the settings, or that of the embedded Postgres: the running one, or one that runs meanwhile.

    Raises Unavailable when it does not start.
    """
    if settings.database_url or settings.database_owner_url:
        yield getattr(settings, login) or settings.database_url
        return
    server = EmbeddedPostgres(settings.state_dir.absolute())
    server.start()
    try:
        yield server.urls[login]
    finally:
        server.stop()  # leaves one alone that somebody else runs
