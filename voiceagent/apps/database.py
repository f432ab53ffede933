"""The database as a command of an operator reaches it, whether the platform is running or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.config.settings import Settings
from voiceagent.core.errors import ConfigError

DEMO: Final = "demo"  # the folder within the state folder in which the demo keeps its own


class Login(StrEnum):
    """As whom; the values are names of settings."""

    API = "database_url"
    JOBS = "database_jobs_url"
    OWNER = "database_owner_url"


@contextmanager
def reachable_database(settings: Settings, login: Login = Login.JOBS) -> Iterator[str]:
    """The URL in the settings, or that of the embedded Postgres: the running one, or one that runs meanwhile.

    Raises Unavailable when it does not start, and ConfigError where there is none yet: only its owner makes one.
    """
    if settings.database_url or settings.database_owner_url:
        yield getattr(settings, login) or settings.database_url
        return
    if login is not Login.OWNER and not _has_records(settings.state_dir):
        raise ConfigError(_nothing_in(settings.state_dir))
    server = EmbeddedPostgres(settings.state_dir.absolute())
    server.start()
    try:
        yield server.urls[login]
    finally:
        server.stop()  # leaves one alone that somebody else runs


def recorded(settings: Settings) -> Settings:
    """These settings; where nothing but the demo has run yet, with the demo's state folder."""
    demo = settings.state_dir / DEMO
    if settings.database_url or settings.database_owner_url or _has_records(settings.state_dir):
        return settings
    return settings.model_copy(update={"state_dir": demo}) if _has_records(demo) else settings


def _has_records(state: Path) -> bool:
    return (state / EmbeddedPostgres.name / "data").is_dir()


def _nothing_in(state: Path) -> str:
    demo = state.absolute() / DEMO
    hint = f"; those of the demo are in {demo}" if _has_records(demo) else ""
    return (
        f"there are no records in {state.absolute()}: `voiceagent up` makes them, or VOICEAGENT_STATE_DIR names the "
        f"folder that has them{hint}"
    )
