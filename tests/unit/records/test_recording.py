import asyncio
import hashlib
import os
import stat
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId, new_id
from voiceagent.records.recording import StereoRecorder, salvage
from voiceagent.records.wav_file import HEADER_BYTES, MARK, WavFile, repair

CALL = CallId(new_id("call"))


def _frame(value: int) -> bytes:
    return np.full(320, value, "<i2").tobytes()


def _read(path: Path) -> tuple[tuple[int, int, int], np.ndarray]:
    with wave.open(str(path)) as file:
        shape = (file.getnchannels(), file.getframerate(), file.getsampwidth())
        return shape, np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


async def test_caller_is_left_and_agent_right_at_the_time_they_spoke(tmp_path: Path) -> None:
    recorder = StereoRecorder(tmp_path, CALL, "rec_1", 5200)

    for number in range(120):
        recorder.write(_frame(number), _frame(-number))
    sealed = await recorder.seal()

    assert sealed is not None
    shape, pairs = _read(tmp_path / sealed.path)
    assert shape == (2, 16_000, 2)
    expected = np.repeat(np.arange(120), 320)
    assert np.array_equal(pairs, np.stack((expected, -expected), axis=1))
    assert (sealed.start_ms, sealed.duration_ms, sealed.channels) == (5200, 2400, 2)


async def test_the_seal_describes_the_file_as_it_lies_on_disk(tmp_path: Path) -> None:
    recorder = StereoRecorder(tmp_path, CALL, "rec_1", 0)
    recorder.write(_frame(1), _frame(2))

    sealed = await recorder.seal()

    assert sealed is not None
    content = (tmp_path / sealed.path).read_bytes()
    assert (sealed.size_bytes, sealed.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert stat.S_IMODE((tmp_path / sealed.path).stat().st_mode) == 0o400


@pytest.mark.parametrize("spoken", [(5000, 5600), (5600, 5900), (5900, 6395)])
async def test_what_may_not_be_stored_is_silent_on_both_sides_wherever_it_is_by_then(
    tmp_path: Path, spoken: tuple[int, int]
) -> None:
    """On the disk, on its way there, and not even said to its end: 800 ms are there when it is known."""
    recorder = StereoRecorder(tmp_path, CALL, "rec_1", 5200)

    for _ in range(40):
        recorder.write(_frame(7), _frame(8))
    told = recorder.silence(*spoken)
    for _ in range(60):
        recorder.write(_frame(7), _frame(8))
    sealed = await recorder.seal()

    assert sealed is not None
    assert told is not None
    assert (told.recording_id, told.start_ms, told.end_ms) == ("rec_1", max(5200, spoken[0]), spoken[1])
    _, pairs = _read(tmp_path / sealed.path)
    first, end = (max(0, at_ms - 5200) * 16 for at_ms in spoken)
    written = 40 * 320
    end_of_frame = -(-end // 320) * 320 if end > written else end  # what comes later is silenced frame by frame
    assert not pairs[first:end].any()
    assert (pairs[:first] == [7, 8]).all()
    assert (pairs[end_of_frame:] == [7, 8]).all()
    assert len(pairs) == 100 * 320
    assert sealed.sha256 == hashlib.sha256((tmp_path / sealed.path).read_bytes()).hexdigest()


async def test_what_was_said_before_the_recording_or_after_its_end_is_not_in_it(tmp_path: Path) -> None:
    recorder = StereoRecorder(tmp_path, CALL, "rec_1", 5200)
    recorder.write(_frame(7), _frame(8))

    assert recorder.silence(1000, 5200) is None
    sealed = await recorder.seal()
    assert recorder.silence(5200, 5210) is None
    assert sealed is not None
    assert _read(tmp_path / sealed.path)[1].all()


@pytest.mark.parametrize("frames", [0, 1, 60])
async def test_a_discarded_recording_leaves_no_file(tmp_path: Path, frames: int) -> None:
    recorder = StereoRecorder(tmp_path, CALL, "rec_1", 0)
    for _ in range(frames):
        recorder.write(_frame(1), _frame(2))

    discarded = await recorder.discard()

    assert discarded.recording_id == "rec_1"
    assert list(tmp_path.rglob("*.wav")) == []


async def test_a_discard_that_is_cancelled_removes_the_file_all_the_same(tmp_path: Path) -> None:
    recorder = StereoRecorder(tmp_path, CALL, "rec_1", 0)
    for _ in range(60):
        recorder.write(_frame(1), _frame(2))

    discarding = asyncio.create_task(recorder.discard())
    await asyncio.sleep(0)
    discarding.cancel()
    again = await recorder.discard()

    assert again.recording_id == "rec_1"
    assert list(tmp_path.rglob("*.wav")) == []


async def test_the_file_says_that_it_holds_synthetic_speech(tmp_path: Path) -> None:
    recorder = StereoRecorder(tmp_path, CALL, "rec_1", 0)
    recorder.write(_frame(1), _frame(2))

    sealed = await recorder.seal()

    assert sealed is not None
    header = (tmp_path / sealed.path).read_bytes()[:HEADER_BYTES]
    assert b"LIST" in header
    assert b"ICMT" in header
    assert MARK.encode() in header


async def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    recorder = StereoRecorder(tmp_path / "blobs", CALL, "rec_1", 0)

    assert await recorder.seal() is None
    assert not (tmp_path / "blobs").exists()


async def test_a_missing_frame_of_one_side_is_silence_and_moves_nobody(tmp_path: Path) -> None:
    recorder = StereoRecorder(tmp_path, CALL, "rec_1", 0)
    recorder.write(_frame(1), b"")
    recorder.write(_frame(2), _frame(9))

    sealed = await recorder.seal()

    assert sealed is not None
    _, pairs = _read(tmp_path / sealed.path)
    assert pairs[:, 1].tolist() == [0] * 320 + [9] * 320


_KILLED = """
import os, signal, sys, time
from pathlib import Path
from voiceagent.records.recording import StereoRecorder, salvage
recorder = StereoRecorder(Path(sys.argv[1]), "call_x", "rec_1", 0)
for _ in range(70):
    recorder.write(b"\\x01\\x00" * 320, b"\\x02\\x00" * 320)
while any(not job.done() for job in recorder._pending):
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_a_valid_file(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False, timeout=30)

    (path,) = tmp_path.rglob("*.wav")
    _, pairs = _read(path)
    assert len(pairs) == 50 * 320  # whole half seconds
    assert pairs[-1].tolist() == [1, 2]


def test_the_file_of_a_killed_process_is_sealed_by_another(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False, timeout=30)
    (path,) = tmp_path.rglob("*.wav")
    call_id = CallId(path.parent.name)

    sealed = salvage(tmp_path, call_id, path.stem, 5200)

    assert sealed is not None
    assert (sealed.salvaged, sealed.start_ms, sealed.duration_ms) == (True, 5200, 1000)
    assert sealed.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert salvage(tmp_path, call_id, path.stem, 5200) == sealed  # interrupted and done again


def test_a_recorder_that_was_killed_before_it_wrote_leaves_nothing_to_seal(tmp_path: Path) -> None:
    assert salvage(tmp_path, CALL, "rec_1", 0) is None


@pytest.mark.parametrize("torn_bytes", [0, 1, 3, 641])
def test_repair_counts_what_is_really_there(tmp_path: Path, torn_bytes: int) -> None:
    path = tmp_path / "a.wav"
    file = WavFile(path)
    file.write(0, b"\x01\x00\x02\x00" * 320)
    with path.open("r+b") as torn:  # data that reached the disk before its size did
        torn.seek(0, os.SEEK_END)
        torn.write(b"\x07" * torn_bytes)
    file.close()
    path.chmod(0o600)

    duration_ms = repair(path)

    _, pairs = _read(path)
    assert len(pairs) == 320 + torn_bytes // 4
    assert duration_ms == len(pairs) * 1000 // 16_000
    assert path.stat().st_size == HEADER_BYTES + len(pairs) * 4


def test_repair_leaves_a_strange_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + b"x" * 300)

    with pytest.raises(BadInput, match="no recording of ours"):
        repair(path)

    assert path.read_bytes() == b"RIFF" + b"x" * 300


def test_what_was_left_out_is_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    file = WavFile(path)
    file.write(320, b"\x01\x00\x02\x00" * 10)
    file.close()

    _, pairs = _read(path)
    assert not pairs[:320].any()
    assert pairs[320:].tolist() == [[1, 2]] * 10
