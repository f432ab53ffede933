"""The Postgres of a benchmark: started for it, with our tables, and stopped behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.records import migrate


@contextmanager
def own_postgres(state: Path) -> Iterator[EmbeddedPostgres]:
    """It keeps its files below `state`."""
    server = EmbeddedPostgres(state)
    server.start()
    try:
        migrate.upgrade(server.url)
        yield server
    finally:
        server.stop()
