"""`voiceagent keys` on the server, where no key is at hand."""

import json

import pytest
from typer.testing import CliRunner

from tests.integration.api.house import NOON
from voiceagent.cli.main import app
from voiceagent.core.errors import BadInput, ConfigError, NotFound
from voiceagent.core.ids import TenantId
from voiceagent.records.key_rules import ALL_SCOPES
from voiceagent.records.secrets import hash_api_key
from voiceagent.records.seed import Seed, sow


@pytest.fixture
def command(database, monkeypatch, tmp_path):
    """Runs it in a folder of its own; its output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICEAGENT_DATABASE_URL", database["database_url"])

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["keys", *arguments])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.stdout

    return run


@pytest.fixture
def first_key(postgres_server, database):
    """A tenant as an older version left it, whose only key lacks newer scopes."""
    import asyncio

    from voiceagent.records.engine import create_engine
    from voiceagent.records.unit_of_work import Records

    async def seed():
        engine = create_engine(database["database_jobs_url"])
        old = frozenset({"calls:read"})
        made = await sow(Records(engine), Seed(), NOON, tenant_id=TenantId("default"), key_scopes=old)
        await engine.dispose()
        return made.api_key

    return asyncio.run(seed())


def test_a_key_with_every_scope_is_made_where_the_first_one_lacks_some(command, first_key):
    made = json.loads(command("create", "operator", "--json"))
    listed = json.loads(command("list", "--json"))["items"]

    assert made["key"].startswith("va_live_")
    assert hash_api_key(made["key"])
    assert set(made["scopes"]) == ALL_SCOPES
    assert [key["name"] for key in listed] == ["first key", "operator"]
    assert "key" not in listed[1]


def test_only_the_key_itself_is_on_standard_output(command, first_key):
    told = command("create", "crm", "--scope", "calls:read", "--days", "7")

    assert told.startswith("va_live_")
    assert told.count("\n") == 1


def test_a_key_is_revoked_also_the_last(command, first_key):
    (only,) = json.loads(command("list", "--json"))["items"]

    command("revoke", only["id"])

    assert json.loads(command("list", "--json"))["items"][0]["revoked_at"] is not None
    assert "revoked" in command("list")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("create", "x", "--scope", "calls:reed"), BadInput),
        (("create", "x", "--days", "400"), BadInput),
        (("revoke", "key_nothing"), NotFound),
    ],
)
def test_what_cannot_be_done_is_told(command, first_key, arguments, error):
    with pytest.raises(error):
        command(*arguments)


def test_it_works_as_no_login_that_could_overrule_the_tenants_wall(command, first_key, database, monkeypatch):
    monkeypatch.setenv("VOICEAGENT_DATABASE_URL", database["database_owner_url"])

    with pytest.raises(ConfigError, match="Postgres would not keep tenants apart"):
        command("list")
