import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import Damaged, NotFound
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.at_rest.data_keys import DataKeys, shred
from voiceagent.records.at_rest.encryption import RecordingEncryption
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.base import RetentionClass
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.recording import StereoRecorder
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import Recording
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallEvent, CallStarted, RecordingDiscarded, RecordingStarted
from voiceagent.testing.sample_call import STARTED_AT, recorded

STARTED = CallStarted(direction="inbound", transport="sip", caller="+15550100", callee="+15550101")
TENANT, CALL, RECORDING = TenantId("default"), CallId("call_1"), "rec_1"
VOICES = [(bytes([n]) * 640, bytes([255 - n]) * 640) for n in range(200)]  # four seconds


class Desk:
    """One recording that was sealed, and everything that deals with it."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self.engine = engine
        self.root = folder / "recordings"
        self.provider = LocalKeys(folder / "keys")
        self.keys = DataKeys(engine, self.provider)
        self.stored = StoredRecordings(in_folder(self.root), self.keys)
        self.encryption = RecordingEncryption(engine, self.keys, in_folder(self.root), SystemClock())
        self.records = Records(engine)

    async def seal(self) -> bytes:
        """Record a call; the WAV file as it was sealed."""
        recorder = StereoRecorder(self.root, CALL, RECORDING, 0)
        for caller, agent in VOICES:
            recorder.write(caller, agent)
        sealed = await recorder.seal()
        assert sealed is not None
        await self.write([STARTED, RecordingStarted(recording_id=RECORDING, at_ms=0), sealed])
        return (self.root / sealed.path).read_bytes()

    async def write(self, events: Sequence[CallEvent]) -> None:
        await RecordsWriter(self.engine).write(recorded(CALL, events))

    async def recording(self) -> Recording:
        async with self.records.unit_of_work(TENANT) as work:
            (found,) = await work.contents.recordings(CALL)
        return found

    async def read(self) -> bytes:
        audio = await self.stored.open(await self.recording())
        try:
            return audio.read(0, audio.size)
        finally:
            audio.close()

    def files(self) -> list[str]:
        return sorted(path.name for path in self.root.rglob("*") if path.is_file())


@pytest.fixture
def desk(engine: AsyncEngine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path)


async def test_a_sealed_recording_is_encrypted_and_reads_as_before(desk: Desk) -> None:
    wav = await desk.seal()
    assert await desk.read() == wav

    await desk.encryption.run(TENANT, RECORDING)

    assert desk.files() == ["rec_1.wav.enc"]
    assert VOICES[100][0] not in next(desk.root.rglob("*.enc")).read_bytes()
    assert await desk.read() == wav
    assert hashlib.sha256(wav).hexdigest() == (await desk.recording()).sha256


async def test_sealing_enters_the_job_once_however_often_its_event_comes(desk: Desk) -> None:
    await desk.seal()
    first = (await _jobs(desk.engine))[0]
    await desk.write([STARTED, RecordingStarted(recording_id=RECORDING, at_ms=0)])

    assert await _jobs(desk.engine) == [first]
    assert first == ("encrypt_recording", {"tenant_id": TENANT, "recording_id": RECORDING})


async def test_a_shredded_key_makes_it_unreadable_wherever_the_file_is(desk: Desk) -> None:
    await desk.seal()
    await desk.encryption.run(TENANT, RECORDING)

    async with desk.engine.begin() as connection:
        shredded = await shred(connection, TENANT, [CALL], RetentionClass.AUDIO, STARTED_AT)

    assert shredded == 1
    with pytest.raises(NotFound, match="shredded"):
        await desk.read()
    async with desk.engine.connect() as connection:
        assert (await connection.execute(text("SELECT wrapped, shredded_at FROM data_keys"))).one() == (
            None,
            STARTED_AT,
        )


async def test_killed_before_its_last_step_it_is_finished_by_the_next_run(desk: Desk) -> None:
    wav = await desk.seal()
    plain = desk.root / (await desk.recording()).path
    await desk.encryption.run(TENANT, RECORDING)
    plain.write_bytes(wav)  # as the kill left it

    await desk.encryption.run(TENANT, RECORDING)

    assert desk.files() == ["rec_1.wav.enc"]
    assert await desk.read() == wav


async def test_what_an_interrupted_run_left_behind_is_replaced(desk: Desk) -> None:
    wav = await desk.seal()
    plain = desk.root / (await desk.recording()).path
    plain.with_name(plain.name + ".partial").write_bytes(b"half")
    plain.with_name(plain.name + ".enc").write_bytes(b"under a key that was never kept")

    await desk.encryption.run(TENANT, RECORDING)

    assert desk.files() == ["rec_1.wav.enc"]
    assert await desk.read() == wav


async def test_two_runs_at_once_leave_what_the_row_names(desk: Desk) -> None:
    """A process that was asleep is taken for gone, and its job runs a second time while the first goes on."""
    wav = await desk.seal()

    class Slow(RecordingEncryption):
        async def _move(self, *arguments: Any) -> bool:
            await desk.encryption.run(TENANT, RECORDING)
            return await super()._move(*arguments)

    await Slow(desk.engine, desk.keys, in_folder(desk.root), SystemClock()).run(TENANT, RECORDING)

    assert desk.files() == ["rec_1.wav.enc"]
    assert await desk.read() == wav


async def test_a_file_that_was_changed_since_it_was_sealed_is_reported_and_kept(desk: Desk) -> None:
    await desk.seal()
    plain = desk.root / (await desk.recording()).path
    plain.chmod(0o600)
    plain.write_bytes(plain.read_bytes()[:-1] + b"x")

    with pytest.raises(Damaged, match="not what was sealed"):
        await desk.encryption.run(TENANT, RECORDING)

    assert desk.files() == ["rec_1.wav"]
    assert (await desk.recording()).key_id == ""


async def test_a_recording_that_was_deleted_meanwhile_leaves_no_file(desk: Desk) -> None:
    await desk.seal()
    async with desk.engine.begin() as connection:
        await connection.execute(text("UPDATE recordings SET state = 'deleted'"))

    await desk.encryption.run(TENANT, RECORDING)

    assert (await desk.recording()).key_id == ""


async def test_a_discarded_recording_has_nothing_to_encrypt(desk: Desk) -> None:
    await desk.write([STARTED, RecordingDiscarded(recording_id=RECORDING)])

    assert await _jobs(desk.engine) == []


async def test_another_tenant_opens_nothing(desk: Desk) -> None:
    await desk.seal()
    await desk.encryption.run(TENANT, RECORDING)
    key_id = (await desk.recording()).key_id

    with pytest.raises(NotFound):
        await desk.keys.open(TenantId("ten_b"), key_id)


async def test_T_KEY_3_rotation_moves_every_key_and_touches_no_file(desk: Desk) -> None:
    wav = await desk.seal()
    await desk.encryption.run(TENANT, RECORDING)
    (file,) = desk.root.rglob("*.enc")
    before = file.read_bytes()

    newest = await desk.provider.rotate(TENANT)
    moved = await desk.keys.rewrap(TENANT, newest)

    assert (moved, await desk.keys.rewrap(TENANT, newest)) == (1, 0)
    assert file.read_bytes() == before
    assert await desk.read() == wav


async def _jobs(engine: AsyncEngine) -> list[tuple[str, dict[str, str]]]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT task_name, args FROM procrastinate_jobs ORDER BY id"))
        return [(row.task_name, row.args) for row in rows]
