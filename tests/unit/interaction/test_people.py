"""Recordings of people as training material, from archives made here."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voiceagent.core.errors import Unavailable
from voiceagent.interaction.training.clip_bank import ClipKind
from voiceagent.interaction.training.clip_making import recorded_clips
from voiceagent.interaction.training.prompts import prompts
from voiceagent.interaction.training.queen import queen_lines
from voiceagent.interaction.training.signals import Signal
from voiceagent.interaction.training.sky import sky_lines

_GAME_RATE_HZ = 11_025


def _voice(seconds: float, rate_hz: int = 16_000) -> Signal:
    return (0.4 * np.sin(2 * np.pi * 150 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def _quiet(seconds: float) -> Signal:
    return np.random.default_rng(1).normal(0.0, 1e-3, int(seconds * 16_000)).astype(np.float32)


def _mp3(seconds: float) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, _voice(seconds, _GAME_RATE_HZ), _GAME_RATE_HZ, format="MP3", subtype="MPEG_LAYER_III")
    return file.getvalue()


def _queen(folder: Path, files: dict[str, bytes]) -> Path:
    head = struct.pack(">4s6sBBBH", b"QTBL", b"CEM10\0", 0, 0, 1, len(files))
    at, table = len(head) + 21 * len(files), b""
    for name, data in files.items():
        table += struct.pack(">12sBII", name.encode(), 1, at, len(data))
        at += len(data)
    archive = folder / "queen.1c"
    archive.write_bytes(head + table + b"".join(files.values()))
    return archive


def test_each_actor_of_the_queen_has_the_lines_that_are_theirs(tmp_path: Path) -> None:
    files = {"020001J1.SB": _mp3(1.0), "020001P2.SB": _mp3(2.0), "1000SSSS.SB": _mp3(3.0), "QUEEN.JAS": b"no sound"}
    files |= {"JOE00011.SB": _mp3(1.5), "C18A_021.SB": _mp3(2.5), "MIK_0011.SB": _mp3(1.0)}
    archive = _queen(tmp_path, files)

    def seconds(actor: str) -> list[float]:
        return [len(line) / 16_000 for line in queen_lines(actor, archive)]

    assert seconds("joe") == pytest.approx([1.0, 3.0, 1.5], abs=0.2)
    assert seconds("02") == pytest.approx([2.0], abs=0.2)
    assert seconds("C18") == pytest.approx([2.5], abs=0.2)
    assert seconds("03") == []


def test_an_archive_of_another_kind_is_refused(tmp_path: Path) -> None:
    archive = _queen(tmp_path, {})
    archive.write_bytes(b"PE\0\0" + archive.read_bytes()[4:])

    with pytest.raises(Unavailable, match="MP3"):
        list(queen_lines("joe", archive))


def _sky(folder: Path, files: dict[int, bytes]) -> Path:
    """Each file at a multiple of 16; the second of them is said to lie there in bytes, the others in paragraphs."""
    table, image = struct.pack("<I", len(files)), bytearray()
    for n, (number, data) in enumerate(files.items()):
        place = len(image) if n == 1 else len(image) // 16 | 1 << 23
        table += struct.pack("<H", number) + place.to_bytes(3, "little") + len(data).to_bytes(3, "little")
        image += data + bytes(-len(data) % 16)
    (folder / "sky.dnr").write_bytes(table)
    (folder / "sky.dsk").write_bytes(image)
    return folder


def _sky_line(seconds: float) -> bytes:
    return b"\x81" + bytes(21) + (_voice(seconds, _GAME_RATE_HZ) * 127 + 128).astype(np.uint8).tobytes()


def test_lines_of_the_sky_are_found_by_their_numbers(tmp_path: Path) -> None:
    game = _sky(tmp_path, {50_150: _sky_line(1.0), 50_103: _sky_line(2.0), 50_200: _sky_line(0.5), 103: b"a picture"})

    found = list(sky_lines("50100", game))

    assert [len(line) / 16_000 for line in found] == pytest.approx([2.0, 1.0], abs=0.01)
    assert all(0.35 < np.abs(line).max() < 0.45 and abs(line.mean()) < 0.02 for line in found)


def test_recordings_that_are_not_there_are_named_with_the_command_that_gets_them(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="install-train-deps"):
        list(prompts("en_US_f_Allison", tmp_path))
    with pytest.raises(Unavailable, match="install-train-deps"):
        list(queen_lines("joe", tmp_path / "queen.1c"))
    with pytest.raises(Unavailable, match="install-train-deps"):
        list(sky_lines("50100", tmp_path))


def test_a_recording_is_a_turn_and_up_to_each_pause_of_its_speaker_it_is_not_finished() -> None:
    line = np.concatenate([_quiet(0.3), _voice(0.9), _quiet(0.3), _voice(0.8), _quiet(0.08), _voice(0.7), _quiet(0.5)])

    clips = [(kind, round(len(sound) / 16_000, 1)) for kind, sound in recorded_clips(line, lambda _: "")]

    assert clips == [(ClipKind.TURN, 2.8), (ClipKind.UNFINISHED, 0.9), (ClipKind.CLAUSE, 0.9)]


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("excuse me", [ClipKind.ANSWER, ClipKind.BARGE_IN]),
        ("oh okay", [ClipKind.ANSWER, ClipKind.BACKCHANNEL]),
        ("", []),
    ],
)
def test_the_words_of_a_short_recording_say_what_it_would_be_while_the_agent_talks(words: str, kinds: list) -> None:
    assert [kind for kind, _ in recorded_clips(_voice(0.7), lambda _: words)] == kinds


def test_a_short_recording_in_another_language_only_answers() -> None:
    assert [kind for kind, _ in recorded_clips(_voice(0.7), None)] == [ClipKind.ANSWER]
