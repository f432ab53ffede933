"""T-SEC-2: nothing serves unless Postgres keeps tenants apart for its login."""

import asyncio
import sys
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url, text

from voiceagent.apps.store_check import check_stores
from voiceagent.config.settings import Settings, settings_to_file
from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import new_id
from voiceagent.records import migrate
from voiceagent.records.base import Base
from voiceagent.records.engine import create_engine
from voiceagent.records.opening import look, open_engine
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.tenancy.roles import ROLES_SQL


async def opened(url: str, sees: Sees) -> None:
    engine = await open_engine(url, sees)
    await engine.dispose()


@contextmanager
def granted(as_owner, role: str):
    """`role`, which belongs to the whole server, for the login of the API."""
    as_owner(f"GRANT {role} TO voiceagent_api")
    try:
        yield
    finally:
        as_owner(f"REVOKE {role} FROM voiceagent_api")


async def test_the_logins_that_are_set_up_are_let_in(database):
    await opened(database["database_url"], Sees.ONE_TENANT)
    await opened(database["database_jobs_url"], Sees.EVERY_TENANT)


@pytest.mark.parametrize("sees", Sees)
async def test_T_SEC_2_a_superuser_is_refused(database_url, sees):
    with pytest.raises(ConfigError, match=r"does not bind voiceagent .*connect as voiceagent_.*--print-roles"):
        await opened(database_url, sees)


async def test_T_SEC_2_a_login_that_can_become_one_that_skips_policies_is_refused(database, as_owner):
    role = new_id("strong").lower()
    as_owner(f"CREATE ROLE {role} BYPASSRLS")

    with granted(as_owner, role), pytest.raises(ConfigError, match=f"does not bind {role}"):
        await opened(database["database_url"], Sees.ONE_TENANT)


async def test_T_SEC_2_the_owner_of_a_table_is_refused(database, as_owner):
    role = new_id("owner").lower()
    as_owner(f"CREATE ROLE {role}", f"ALTER TABLE callbacks OWNER TO {role}")

    with granted(as_owner, role), pytest.raises(ConfigError, match=r"owns callbacks.*VOICEAGENT_DATABASE_OWNER_URL"):
        await opened(database["database_url"], Sees.ONE_TENANT)


@pytest.mark.parametrize(
    "loosened",
    [
        "ALTER TABLE calls NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE calls DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY easy ON calls USING (true)",
        "CREATE VIEW calls_of_all AS SELECT * FROM calls",
    ],
)
async def test_T_SEC_2_a_table_that_is_not_under_it_is_named(database, as_owner, loosened):
    as_owner(loosened)

    with pytest.raises(ConfigError, match=r"not forced on calls"):
        await opened(database["database_url"], Sees.ONE_TENANT)


async def test_T_SEC_2_a_new_table_is_not_under_it_until_it_is_migrated(database, database_url, as_owner):
    as_owner("CREATE TABLE notes (id text PRIMARY KEY, tenant_id text NOT NULL)")

    with pytest.raises(ConfigError, match=r"not forced on notes"):
        await opened(database["database_url"], Sees.ONE_TENANT)
    migrate.upgrade(database_url)

    await opened(database["database_url"], Sees.ONE_TENANT)


async def test_the_two_logins_cannot_be_mixed_up(database):
    with pytest.raises(ConfigError, match="sees every tenant and is the login of the API"):
        await opened(database["database_jobs_url"], Sees.ONE_TENANT)
    with pytest.raises(ConfigError, match="sees one tenant at a time"):
        await opened(database["database_url"], Sees.EVERY_TENANT)


async def test_a_connection_that_comes_later_is_checked_too(database, as_owner):
    engine = await open_engine(database["database_url"], Sees.ONE_TENANT)
    await engine.dispose()  # as after a restart of Postgres
    as_owner("ALTER TABLE calls NO FORCE ROW LEVEL SECURITY")

    with pytest.raises(ConfigError, match="not forced on calls"):
        async with engine.connect():
            pass
    await engine.dispose()


async def test_a_process_starts_while_postgres_is_away():
    engine = await open_engine("postgresql://voiceagent_api@127.0.0.1:1/none", Sees.ONE_TENANT)

    await engine.dispose()


@pytest.mark.parametrize("process", ["api", "jobs"])
async def test_T_SEC_2_a_process_ends_and_says_what_to_do(database_url, redis_server, tmp_path, process):
    settings = Settings(state_dir=tmp_path, database_url=database_url, redis_url=redis_server.url)
    settings_to_file(settings, tmp_path / "settings.json")

    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"voiceagent.apps.{process}", "--settings", str(tmp_path / "settings.json")),
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await asyncio.wait_for(started.communicate(), 60)

    assert started.returncode == 1
    assert b"Postgres would not keep tenants apart" in told
    assert b"voiceagent migrate --print-roles" in told
    assert b"Traceback" not in told


def test_what_doctor_says_names_the_login(database, database_url):
    assert look(database["database_url"], Sees.ONE_TENANT) == ("voiceagent_api", [])
    login, wrong = look(database_url, Sees.ONE_TENANT)

    assert login == "voiceagent"
    assert "connect as voiceagent_api" in wrong[0]


def test_doctor_tells_which_login_would_overrule_it(database, database_url, redis_server):
    def stores(**urls: str) -> dict[str, bool]:
        return {finding.what: finding.ok for finding in check_stores(Settings(redis_url=redis_server.url, **urls))}

    assert stores(**database) == {"postgres": True, "login of the API": True, "login of jobs": True, "redis": True}
    wrong = stores(database_url=database["database_url"])  # which is then the login of jobs too
    assert [what for what, ok in wrong.items() if not ok] == ["login of jobs"]
    assert not stores(database_url=database_url)["login of the API"]


async def test_every_table_of_the_models_is_under_forced_row_level_security(engine):
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        )

        assert set(Base.metadata.tables) <= set(rows.scalars())


@pytest.fixture
def plain_owner(postgres_server):
    """The URL of an empty database of an owner who is no superuser, made as `voiceagent migrate --print-roles` says."""
    role, name = new_id("plain").lower(), new_id("hosted").lower()
    server = migrate.sync_engine(postgres_server.url)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for line in ROLES_SQL.splitlines():
            if line.startswith("CREATE") and not line.startswith(
                ("CREATE ROLE voiceagent_api", "CREATE ROLE voiceagent_jobs")
            ):
                own = line.replace("voiceagent_owner", role).replace("DATABASE voiceagent", f"DATABASE {name}")
                connection.execute(text(own))
    server.dispose()
    url = make_url(postgres_server.url).set(database=name).update_query_dict({"options": f"-c role={role}"})
    return url.render_as_string()


async def test_an_owner_without_any_power_can_migrate_and_is_bound_itself(plain_owner, postgres_server):
    migrate.upgrade(plain_owner)
    database = make_url(plain_owner).database

    engine = create_engine(make_url(postgres_server.urls["database_url"]).set(database=database).render_as_string())
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM call_figures"))).scalar_one() == 0
    await engine.dispose()
    owner = migrate.sync_engine(plain_owner)
    with owner.connect() as connection:
        with connection.begin():
            connection.execute(text("SELECT set_config('app.tenant', 'ten_a', true)"))
            connection.execute(text("INSERT INTO tenants (id, name, created_at) VALUES ('ten_a', 'a', now())"))
        assert connection.execute(text("SELECT count(*) FROM tenants")).scalar_one() == 0
    owner.dispose()


async def test_who_may_not_migrate_is_told_whose_url_it_takes(database):
    as_api = make_url(database["database_url"])
    owner = migrate.sync_engine(database["database_owner_url"])
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    owner.dispose()

    with pytest.raises(ConfigError, match="VOICEAGENT_DATABASE_OWNER_URL"):
        migrate.upgrade(as_api.render_as_string())
