"""The stereo recording of a call: caller left, agent right, one sample clock."""

import asyncio
import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import structlog

from voiceagent.core.ids import CallId
from voiceagent.records.wav_file import BYTES_PER_SAMPLE_PAIR, SAMPLE_RATE_HZ, WavFile, repair
from voiceagent.telephony.events import RecordingDiscarded, RecordingSealed, RecordingSilenced

_log = structlog.get_logger(__name__)

_CHUNK_BYTES = SAMPLE_RATE_HZ  # per channel: 0.5 s, what a kill costs at most
_PENDING_CHUNKS = 120  # one minute (4 MB) of a disk that does not answer


class StereoRecorder:
    """Fits `session.ports.Recorder`. The file is made by the first frame and written by a thread of its own.

    `root` is the blob root. When the disk is a minute behind, chunks are left out and counted; they read as silence, so
    that everything after them is still at its right time.
    """

    def __init__(self, root: Path, call_id: CallId, recording_id: str, start_ms: int) -> None:
        self._relative = relative_path(call_id, recording_id)
        self._root = root
        self._recording_id = recording_id
        self._start_ms = start_ms
        self._caller = bytearray()
        self._agent = bytearray()
        self._pairs_before = 0  # handed to the thread
        self._pending: list[Future[None]] = []
        self._thread: ThreadPoolExecutor | None = None
        self._file: WavFile | None = None
        self._removal: Future[None] | None = None
        self._sealing: Future[RecordingSealed | None] | None = None
        self._silent_until = 0  # a sample that may not have been written yet
        self.left_out_ms = 0

    def write(self, caller: bytes, agent: bytes) -> None:
        """One 20 ms frame of each, 16-bit little-endian at 16 kHz; only buffers. A shorter one is filled up."""
        length = max(len(caller), len(agent))
        if self._pairs_before + len(self._caller) // 2 < self._silent_until:
            caller = agent = bytes(length)
        self._caller += caller.ljust(length, b"\0")
        self._agent += agent.ljust(length, b"\0")
        if len(self._caller) >= _CHUNK_BYTES:
            self._hand_over()

    def silence(self, start_ms: int, end_ms: int) -> RecordingSilenced | None:
        """Both sides are silent between these times of the call, in what is written and in what comes yet.

        None when nothing of that is in this recording. The thread does it, before whatever it is given later.
        """
        first, end = ((at_ms - self._start_ms) * SAMPLE_RATE_HZ // 1000 for at_ms in (start_ms, end_ms))
        if end <= 0 or self._sealing is not None or self._removal is not None:
            return None
        self._silent_until = max(self._silent_until, end)
        self._hand_over()
        if self._thread is not None:
            self._pending.append(self._thread.submit(self._silence, max(0, first), end))
        return RecordingSilenced(
            recording_id=self._recording_id, start_ms=max(start_ms, self._start_ms), end_ms=end_ms, reason="card"
        )

    async def seal(self) -> RecordingSealed | None:
        """Finish the file, make it read-only and describe it; None when nothing was written. Raises OSError.

        Cancelled, it is finished all the same; asked again, the same description comes.
        """
        if self._sealing is None:
            self._hand_over()
            if self._thread is None:
                return None
            self._sealing = self._thread.submit(self._finish)
            self._thread.shutdown(wait=False)
        return await asyncio.shield(asyncio.wrap_future(self._sealing))

    async def discard(self) -> RecordingDiscarded:
        """Stop and remove the file, whatever of it was written; cancelled, it is removed all the same. Raises OSError.

        May be asked again, and then waits for the same removal.
        """
        self._caller.clear()
        self._agent.clear()
        if self._thread is not None and self._removal is None:
            self._removal = self._thread.submit(self._remove)
            self._thread.shutdown(wait=False)
        if self._removal is not None:
            await asyncio.shield(asyncio.wrap_future(self._removal))
        return RecordingDiscarded(recording_id=self._recording_id)

    def _hand_over(self) -> None:
        pairs = len(self._caller) // 2
        if not pairs:
            return
        self._pending = [job for job in self._pending if not job.done()]
        if len(self._pending) < _PENDING_CHUNKS:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="recording")
            job = self._thread.submit(self._write, self._pairs_before, bytes(self._caller), bytes(self._agent))
            self._pending.append(job)
        else:
            self.left_out_ms += pairs * 1000 // SAMPLE_RATE_HZ
            _log.error("recording falls behind", recording_id=self._recording_id, left_out_ms=self.left_out_ms)
        self._pairs_before += pairs
        self._caller.clear()
        self._agent.clear()

    def _write(self, first_pair: int, caller: bytes, agent: bytes) -> None:
        try:
            if self._file is None:
                self._file = WavFile(self._root / self._relative)
            pairs = np.stack((np.frombuffer(caller, "<i2"), np.frombuffer(agent, "<i2")), axis=1)  # (samples, 2)
            self._file.write(first_pair, pairs.tobytes())
        except OSError as error:
            _log.error("recording cannot be written", recording_id=self._recording_id, why=error.strerror)

    def _silence(self, first_pair: int, end_pair: int) -> None:
        try:
            if self._file is not None:
                self._file.silence(first_pair, end_pair)
        except OSError as error:
            _log.error("recording cannot be silenced", recording_id=self._recording_id, why=error.strerror)

    def _remove(self) -> None:
        if self._file is not None:
            self._file.close()
            (self._root / self._relative).unlink(missing_ok=True)

    def _finish(self) -> RecordingSealed | None:
        if self._file is None:
            return None
        self._file.close()
        duration_ms = self._file.data_bytes // BYTES_PER_SAMPLE_PAIR * 1000 // SAMPLE_RATE_HZ
        return describe(self._root, self._relative, self._recording_id, self._start_ms, duration_ms)


def relative_path(call_id: CallId, recording_id: str) -> Path:
    """Where a recording lies below the blob root."""
    # The first nine characters of an id change every half day or so: folders stay small.
    return Path(call_id[:9]) / call_id / f"{recording_id}.wav"


def describe(root: Path, relative: Path, recording_id: str, start_ms: int, duration_ms: int) -> RecordingSealed:
    """A finished file, with the hash that proves it unchanged. Raises OSError."""
    path = root / relative
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return RecordingSealed(
        recording_id=recording_id,
        path=relative.as_posix(),
        sha256=sha256,
        size_bytes=path.stat().st_size,
        start_ms=start_ms,
        duration_ms=duration_ms,
    )


def remove(root: Path, call_id: CallId, recording_id: str) -> RecordingDiscarded:
    """Leave nothing of the file of a recorder that was killed. Raises OSError."""
    (root / relative_path(call_id, recording_id)).unlink(missing_ok=True)
    return RecordingDiscarded(recording_id=recording_id)


def salvage(root: Path, call_id: CallId, recording_id: str, start_ms: int) -> RecordingSealed | None:
    """Close the file of a recorder that was killed; None when it had written nothing here. Raises OSError, BadInput."""
    relative = relative_path(call_id, recording_id)
    if not (root / relative).exists():
        return None
    (root / relative).chmod(0o600)  # read-only already when we were interrupted here before
    duration_ms = repair(root / relative)
    (root / relative).chmod(0o400)
    return replace(describe(root, relative, recording_id, start_ms, duration_ms), salvaged=True)
