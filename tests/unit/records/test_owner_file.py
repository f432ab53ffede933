import threading
from pathlib import Path

import pytest

from voiceagent.core.errors import ConfigError
from voiceagent.records.owner_file import check_nobody_else_reads, make_once, replace


def test_a_file_is_for_its_owner_only_and_so_is_the_folder_that_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one"

    make_once(path, b"secret")

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"secret", 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_of_many_who_make_it_at_once_one_wins_and_nothing_else_is_left(tmp_path: Path) -> None:
    made = [f"secret {number}".encode() for number in range(8)]
    makers = [threading.Thread(target=make_once, args=(tmp_path / "one", content)) for content in made]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()

    assert (tmp_path / "one").read_bytes() in made
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_what_is_there_stays_until_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "one"
    make_once(path, b"first")
    make_once(path, b"second")
    kept = path.read_bytes()

    replace(path, b"third")

    assert (kept, path.read_bytes(), path.stat().st_mode & 0o777) == (b"first", b"third", 0o600)


@pytest.mark.parametrize(("mode", "remedy"), [(0o640, "chmod 600"), (0o444, "chmod 400"), (0o602, "chmod 600")])
def test_a_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path, mode: int, remedy: str) -> None:
    path = tmp_path / "one"
    make_once(path, b"secret")
    path.chmod(mode)

    with pytest.raises(ConfigError, match=remedy):
        check_nobody_else_reads(path)
