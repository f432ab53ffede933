"""The database as a command of an operator reaches it, whether the platform is running or not."""

from collections.abc import Iterator
from contextlib import contextmanager

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.config.settings import Settings


@contextmanager
def reachable_database(settings: Settings) -> Iterator[str]:
    """The URL in the settings, or that of the embedded Postgres: the running one, or one that runs meanwhile.

    Raises Unavailable when it does not start.
    """
    if settings.database_url:
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.state_dir.absolute())
    server.start()
    try:
        yield server.url
    finally:
        server.stop()  # leaves one alone that somebody else runs
