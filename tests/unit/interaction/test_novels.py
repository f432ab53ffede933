"""Texts out of an R package, made here in R's own serialisation."""

import gzip
import struct
import zlib
from pathlib import Path

import pytest

from voiceagent.core.errors import Unavailable
from voiceagent.interaction.training.novels import novel_sentences


def _package(folder: Path, books: list[list[str]]) -> Path:
    data, index = b"", b"X\n"
    for lines in books:
        vector = b"\x00\x00\x00\x10" + struct.pack(">i", len(lines))
        for line in lines:
            vector += b"\x00\x04\x00\x09" + struct.pack(">i", len(line)) + line.encode()
        packed = struct.pack(">i", len(vector)) + zlib.compress(vector)
        index += b"\x00\x00\x00\x0d\x00\x00\x00\x02" + struct.pack(">ii", len(data), len(packed))
        data += packed
    (folder / "Rdata.rdb").write_bytes(data)
    (folder / "Rdata.rdx").write_bytes(gzip.compress(index))
    return folder


def test_sentences_go_over_lines_and_headings_and_fragments_are_left_out(tmp_path: Path) -> None:
    book = ["EMMA", "", "CHAPTER I", "", "She was the", "youngest of two daughters. Mr. Elton smiled at her. Oh!"]

    assert novel_sentences(_package(tmp_path, [book])) == (
        "She was the youngest of two daughters.",
        "Mister Elton smiled at her.",
    )


def test_the_novel_that_test_recordings_read_from_is_not_learnt(tmp_path: Path) -> None:
    kept = ["SENSE AND SENSIBILITY", "", "He was not an ill disposed young man."]
    learnt = ["EMMA", "", "She had been very fond of him."]

    assert novel_sentences(_package(tmp_path, [kept, learnt])) == ("She had been very fond of him.",)


def test_without_the_package_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="install-train-deps"):
        novel_sentences(tmp_path / "nowhere")
