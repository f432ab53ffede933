import json
from pathlib import Path

import pytest

from voiceagent.config.secrets_file import load_or_make
from voiceagent.core.errors import ConfigError


def test_secrets_are_made_once_and_stay(tmp_path: Path) -> None:
    made = load_or_make(tmp_path)

    assert load_or_make(tmp_path) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_an_older_version_did_not_have_is_added_and_the_others_stay(tmp_path: Path) -> None:
    made, path = load_or_make(tmp_path), tmp_path / "secrets.json"
    held = json.loads(path.read_text())
    del held["webhook_key"]
    path.write_text(json.dumps(held))

    again = load_or_make(tmp_path)

    assert again.worker_token == made.worker_token
    assert again.webhook_key not in ("", made.webhook_key)
    assert load_or_make(tmp_path) == again
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"nonsense": 1}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    load_or_make(tmp_path)
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(ConfigError, match=r"secrets\.json is damaged"):
        load_or_make(tmp_path)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_or_make(tmp_path)
    (tmp_path / "secrets.json").chmod(0o640)

    with pytest.raises(ConfigError, match="chmod 600"):
        load_or_make(tmp_path)
