import json
from pathlib import Path

from typer.testing import CliRunner

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.cli.main import app
from voiceagent.records import migrate
from voiceagent.testing.vendors.serving import hosting
from voiceagent.testing.vendors.vault_transit import VaultTransitServer


def test_a_login_that_cannot_move_keys_makes_no_new_one(state: Path) -> None:
    """It could move none of them."""
    server = EmbeddedPostgres(state)
    server.start()
    migrate.upgrade(server.url)
    settings = {"VOICEAGENT_STATE_DIR": str(state), "VOICEAGENT_DATABASE_URL": server.urls["database_url"]}

    done = CliRunner(env=settings).invoke(app, ["data-keys", "rotate"])

    assert done.exit_code != 0
    assert "VOICEAGENT_DATABASE_JOBS_URL" in str(done.exception)
    assert not (state / "keys").exists()
    server.stop()


def test_an_operator_rotates_the_wrapping_key_beside_a_running_database(state: Path) -> None:
    server = EmbeddedPostgres(state)
    server.start()
    migrate.upgrade(server.url)

    done = CliRunner(env={"VOICEAGENT_STATE_DIR": str(state)}).invoke(app, ["data-keys", "rotate", "--json"])

    assert done.exit_code == 0, done.output
    rotated = json.loads(done.output)
    assert rotated["moved"] == 0
    assert (state / "keys" / "default" / f"{rotated['kek_id']}.key").exists()
    assert server.is_alive()
    server.stop()


def test_an_operator_sees_what_lies_under_which_key_and_moves_it_without_making_one(state: Path) -> None:
    server = EmbeddedPostgres(state)
    server.start()
    migrate.upgrade(server.url)
    runner = CliRunner(env={"VOICEAGENT_STATE_DIR": str(state)})

    rotated = json.loads(runner.invoke(app, ["data-keys", "rotate", "--json"]).output)
    moved = json.loads(runner.invoke(app, ["data-keys", "move", "--json"]).output)
    listed = runner.invoke(app, ["data-keys", "list", "--json"])
    with hosting() as host:
        vault = host.put(VaultTransitServer())
        chosen = {"KEYS__PROVIDER": "vault", "KEYS__VAULT__ADDRESS": vault.url, "KEYS__VAULT__TOKEN_ENV": "OUR_TOKEN"}
        env = {f"VOICEAGENT_{name}": value for name, value in chosen.items()} | {"OUR_TOKEN": vault.issue_token()}
        in_vault = runner.invoke(app, ["data-keys", "move"], env=env)

    assert moved["kek_id"] == rotated["kek_id"]
    assert (listed.exit_code, json.loads(listed.output)) == (0, {})
    assert f"are now under vault:transit/voiceagent-default:v1 (in Vault at {host.url})" in in_vault.output
    server.stop()
