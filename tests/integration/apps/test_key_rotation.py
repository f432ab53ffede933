import json
from pathlib import Path

from typer.testing import CliRunner

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.cli.main import app
from voiceagent.records import migrate


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
