import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, make_url, text

import voiceagent
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.core.errors import StoreUnavailable
from voiceagent.core.ids import new_id
from voiceagent.records import migrate, models
from voiceagent.records.base import Base


@pytest.fixture
def empty_database(postgres_server: EmbeddedPostgres) -> str:
    name = new_id("empty").lower()
    engine = migrate.sync_engine(postgres_server.url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(postgres_server.url).set(database=name).render_as_string()


def test_the_migrations_make_what_the_models_say(database_url: str) -> None:
    assert list(migrate.differences(database_url)) == []


def test_the_allowed_values_in_the_database_are_those_of_the_models(database_url: str) -> None:
    declared = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    engine = migrate.sync_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'")
        )
        found = {name: definition for name, definition in rows if name.startswith("ck_")}
    engine.dispose()

    assert set(found) == declared
    for value in models.calls.CallStatus:
        assert f"'{value.value}'" in found["ck_calls_status"]


def test_an_empty_database_is_brought_to_the_expected_revision_by_several_at_once(empty_database: str) -> None:
    assert migrate.current(empty_database) is None

    with ThreadPoolExecutor(3) as threads:
        reached = list(threads.map(migrate.upgrade, [empty_database] * 3))

    assert set(reached) == {migrate.expected()} == {migrate.current(empty_database)}


def test_the_way_back_leaves_nothing_behind(empty_database: str) -> None:
    from alembic import command

    migrate.upgrade(empty_database)
    engine = migrate.sync_engine(empty_database)
    with engine.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        tables = connection.execute(
            text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
        ).scalar_one()
        routines = connection.execute(
            text("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        ).scalar_one()
        types = connection.execute(
            text("SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typname LIKE 'proc%'")
        ).scalar_one()
    engine.dispose()

    assert (tables, routines, types) == (0, 0, 0)


def test_the_schema_of_the_queue_is_the_one_of_the_installed_library() -> None:
    """It fails with a newer procrastinate: then its new migrations become a step of ours."""
    kept = sorted(migrate._folder().glob("versions/*_procrastinate_*.sql"))
    shipped = files("procrastinate") / "sql" / "schema.sql"

    assert kept[-1].read_text() == shipped.read_text()


def test_a_database_that_is_not_there_is_said_to_be_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        migrate.current("postgresql://nobody@127.0.0.1:1/none")


def test_an_installed_wheel_finds_its_migrations(tmp_path: Path) -> None:
    """The layout that the wheel has: the package with `_migrations` inside, and no checkout around it."""
    package = Path(voiceagent.__file__).parent
    installed = tmp_path / "voiceagent"
    installed.symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "real").mkdir()
    for part in package.iterdir():
        (tmp_path / "real" / part.name).symlink_to(part)
    (tmp_path / "real" / "_migrations").symlink_to(package.parent / "migrations")

    done = subprocess.run(
        [sys.executable, "-c", "from voiceagent.records import migrate; print(migrate._folder(), migrate.expected())"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout.split()[0].endswith("voiceagent/_migrations"), done.stderr
    assert done.stdout.split()[1] == migrate.expected()
