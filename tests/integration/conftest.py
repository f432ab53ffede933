"""Real Postgres and Redis, started once per run; every test gets its own database and an empty Redis."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.apps.embedded.redis import EmbeddedRedis
from voiceagent.control.connection import RedisConnection
from voiceagent.core.ids import new_id
from voiceagent.records import migrate
from voiceagent.records.engine import create_engine
from voiceagent.records.unit_of_work import Records

_ROOM: Final = 4 << 30  # bytes; several run beside each other


def run_sql(url: str, statement: str) -> None:
    engine = migrate.sync_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """In memory where there is room: a database of its own for every test is some 300 files."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < _ROOM:
        yield tmp_path_factory.mktemp("services")
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_server(services: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(services)
    server.start()
    template = make_url(server.url).set(database="records_template")
    run_sql(server.url, "CREATE DATABASE records_template")
    migrate.upgrade(template.render_as_string())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def template() -> str:
    """What the databases of tests are copies of; a folder whose tests need more in it has its own."""
    return "records_template"


@pytest.fixture
def database(postgres_server: EmbeddedPostgres, template: str) -> Iterator[dict[str, str]]:
    """A database of its own, migrated: the URL of each role by its setting."""
    name = new_id("test").lower()
    run_sql(postgres_server.url, f"CREATE DATABASE {name} TEMPLATE {template}")
    run_sql(postgres_server.url, f"GRANT CREATE ON DATABASE {name} TO voiceagent_jobs")  # for the demo CRM, as embedded
    yield {
        setting: make_url(url).set(database=name).render_as_string() for setting, url in postgres_server.urls.items()
    }
    run_sql(postgres_server.url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(database: dict[str, str]) -> str:
    """The owner's."""
    return database["database_owner_url"]


@pytest.fixture
async def engine(database: dict[str, str]) -> AsyncIterator[AsyncEngine]:
    """As the writer and jobs have it."""
    engine = create_engine(database["database_jobs_url"])
    yield engine
    await engine.dispose()


@pytest.fixture
async def owner_engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """As whoever may change tables has it."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def api_engine(database: dict[str, str]) -> AsyncIterator[AsyncEngine]:
    """As the API has it: it shows one tenant at a time."""
    engine = create_engine(database["database_url"])
    yield engine
    await engine.dispose()


@pytest.fixture
def records(engine: AsyncEngine) -> Records:
    return Records(engine)


@pytest.fixture(scope="session")
def redis_server(services: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(services)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def redis(redis_server: EmbeddedRedis) -> AsyncIterator[RedisConnection]:
    """An open connection to an empty Redis."""
    connection = RedisConnection(redis_server.url)
    await connection.client.flushall()
    yield connection
    await connection.close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder for services that a test starts itself, because it kills them."""
    return tmp_path / "state"
