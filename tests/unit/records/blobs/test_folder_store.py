from pathlib import Path

import pytest

from voiceagent.core.errors import NotFound
from voiceagent.records.blobs.folder_store import FolderStore, file_below
from voiceagent.records.blobs.store import BlobStore
from voiceagent.testing.blob_store_contract import BlobStoreContract


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


class TestFolderStore(BlobStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> BlobStore:
        return FolderStore(tmp_path / "recordings")


async def test_a_file_keeps_the_name_that_rows_of_before_have(tmp_path: Path) -> None:
    (tmp_path / "draft").write_bytes(b"sealed")

    place = await FolderStore(tmp_path / "recordings").put("call_1/call_1/rec_1.wav", tmp_path / "draft")

    assert place == "call_1/call_1/rec_1.wav.enc"
    assert (tmp_path / "recordings" / place).read_bytes() == b"sealed"


@pytest.mark.parametrize("stem", ["../", "outside/../../", "/", "", "file"])
async def test_nothing_outside_of_the_root_or_right_in_it_is_deleted(tmp_path: Path, stem: str) -> None:
    root = tmp_path / "root"
    (root / "outside").mkdir(parents=True)
    for file in (tmp_path / "file", root / "file"):
        file.write_text("kept")

    assert (await FolderStore(root).delete([stem])).files == 0
    assert (root / "file").exists()
