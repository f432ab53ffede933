from pathlib import Path

import pytest

from voiceagent.core.errors import NotFound
from voiceagent.records.at_rest.stored_recordings import file_below


def test_a_file_below_the_root_is_found(tmp_path: Path) -> None:
    (tmp_path / "ten_a").mkdir()
    (tmp_path / "ten_a" / "a.wav").write_bytes(b"RIFF")

    assert file_below(tmp_path, "ten_a/a.wav").read_bytes() == b"RIFF"


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "ten_a/../../secret", "link", "", ".", "a\0b", "missing"])
def test_nothing_outside_of_the_root_is_ever_found(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("secret")
    (root / "link").symlink_to(tmp_path / "secret")

    with pytest.raises(NotFound):
        file_below(root, path)
