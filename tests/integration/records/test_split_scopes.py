"""Keys that were made before scopes were split, over the migration that splits them (0015)."""

from alembic import command
from sqlalchemy import text

from voiceagent.records import migrate

_KEY = text(
    "INSERT INTO api_keys (id, tenant_id, name, prefix, sha256, scopes, created_at)"
    " VALUES (:id, 'ten_a', 'old', 'va_live_0', :id, CAST(:scopes AS text[]), now())"
)
_OLD = {
    "whole": "{calls:read,calls:write,recordings:read,outbound:write,erasures:write,"
    "exports:create,config:write,keys:write}",
    "reads": "{calls:read}",
    "other": "{audit:read}",
}


def test_keys_of_before_have_both_halves_of_what_they_had(database_url: str) -> None:
    config, engine = migrate._config(), migrate.sync_engine(database_url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0017-1")
        connection.execute(text("SET LOCAL app.tenant = 'ten_a'"))
        connection.execute(text("INSERT INTO tenants (id, name, created_at) VALUES ('ten_a', 'a', now())"))
        for key_id, scopes in _OLD.items():
            connection.execute(_KEY, {"id": key_id, "scopes": scopes})
    migrate.upgrade(database_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL app.tenant = 'ten_a'"))
        found = {row.id: set(row.scopes) for row in connection.execute(text("SELECT id, scopes FROM api_keys"))}
    engine.dispose()

    assert found["reads"] == {"calls:read", "transfers:read", "tools:read"}
    assert found["other"] == {"audit:read"}
    assert found["whole"] >= {"users:write", "suppressions:lift", "erasures:create", "exports:raw", "consents:revoke"}
