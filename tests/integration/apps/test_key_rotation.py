import json
from pathlib import Path

from typer.testing import CliRunner

from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.cli.main import app
from voiceagent.records import migrate


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
