"""Sealed recordings go to a bucket and come back from there, whatever is killed, deleted or locked meanwhile."""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.records.erasing.people import erase, fates_of, parts_of, request_of
from tests.integration.records.purging.calls_to_purge import (
    DAY,
    PEPPER,
    START,
    TENANT,
    make_call,
    place_hold,
    release_hold,
)
from voiceagent.apps.erasure import Erasure
from voiceagent.apps.erasure_follow_up import ErasureFollowUp
from voiceagent.apps.object_holds import ObjectHolds
from voiceagent.apps.purge import Purge
from voiceagent.apps.tombstone_replay import TombstoneReplay
from voiceagent.compliance.erasure.receipt import verify_receipt
from voiceagent.compliance.retention.rules import Rules
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import ConfigError, NotFound
from voiceagent.core.ids import CallId
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.encryption import RecordingEncryption
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.blobs.folder_store import FolderStore
from voiceagent.records.blobs.kept_blobs import KeptBlobs, LockRule, in_folder
from voiceagent.records.blobs.s3_store import S3Store
from voiceagent.records.blobs.store import LockMode
from voiceagent.records.erasing.tombstone_file import read_tombstones
from voiceagent.records.erasure_values import Fate
from voiceagent.records.jobs.worker import Order
from voiceagent.records.repositories.audit import AuditFilter
from voiceagent.records.retention_values import PurgeRun
from voiceagent.records.unit_of_work import Records
from voiceagent.records.values import Recording
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.vendors.s3 import S3Server

A = ContentClass.AUDIO
PERSON = "+49301c1"


class Killed(BaseException):
    """What a kill -9 looks like from inside: nothing of ours runs after it."""


@dataclass
class House:
    """An installation whose recordings go to a bucket."""

    engine: AsyncEngine
    records: Records
    folder: Path
    clock: ManualClock
    blobs: KeptBlobs

    @property
    def keys(self) -> DataKeys:
        return DataKeys(self.engine, LocalKeys(self.folder / "keys"))

    @property
    def holds(self) -> ObjectHolds:
        return ObjectHolds(self.records, self.blobs, self.clock)

    @property
    def encryption(self) -> RecordingEncryption:
        return RecordingEncryption(self.engine, self.keys, self.blobs, self.clock, self.holds.is_held)

    async def seal(self, call: str = "c1") -> bytes:
        """A call with its plain recording, as the gateway leaves it."""
        file = await make_call(self.engine, self.blobs.root, call, START)
        async with self.engine.begin() as connection:
            values = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "call": call, "at": START}
            await connection.execute(
                text("UPDATE recordings SET sha256 = :sha256, sealed_at = :at WHERE call_id = :call"), values
            )
        return file.read_bytes()

    async def send(self, call: str = "c1") -> bytes:
        wav = await self.seal(call)
        await self.encryption.run(TENANT, f"rec_{call}")
        return wav

    async def recording(self, call: str = "c1") -> Recording:
        async with self.records.unit_of_work(TENANT) as work:
            (found,) = await work.contents.recordings(CallId(call))
        return found

    async def read(self, call: str = "c1") -> bytes:
        audio = await StoredRecordings(self.blobs, self.keys).open(await self.recording(call))
        try:
            return audio.read(0, audio.size)
        finally:
            audio.close()

    async def purge(self) -> PurgeRun:
        async with self.records.unit_of_work(TENANT) as work:
            run = await work.retention.open_run(dry_run=False, by="key_1", now=self.clock.now(), state="waiting")
            await work.commit()
        return await Purge(self.records, self.blobs, Rules(), lambda _: PEPPER, self.clock).run(TENANT, run.id)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.blobs.root.rglob("*") if path.is_file())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def house(engine: AsyncEngine, records: Records, tmp_path: Path, store: S3Store, clock: ManualClock) -> House:
    blobs = KeptBlobs(folder=FolderStore(tmp_path / "recordings"), bucket=store, sends=True)
    return House(engine=engine, records=records, folder=tmp_path, clock=clock, blobs=blobs)


async def test_a_sealed_recording_goes_to_the_bucket_and_reads_as_before(house: House, s3: S3Server) -> None:
    wav = await house.send()

    assert house.files() == []
    assert (await house.recording()).path == f"s3://acme-recordings/{s3.keys[0]}"
    assert s3.keys[0].startswith("voiceagent/c1/c1/rec_c1.wav.")
    assert wav not in s3.versions[0].data
    assert await house.read() == wav


async def test_what_lay_in_the_folder_is_read_there_after_the_settings_changed(house: House, s3: S3Server) -> None:
    wav = await house.seal()
    await replace_blobs(house, in_folder(house.blobs.root)).encryption.run(TENANT, "rec_c1")

    assert house.files() == ["rec_c1.wav.enc"]
    assert await house.read() == wav
    await house.send("c2")
    assert len(s3.keys) == 1
    with pytest.raises(ConfigError, match=r"put `blobs.s3` back"):
        await replace_blobs(house, in_folder(house.blobs.root)).read("c2")


def replace_blobs(house: House, blobs: KeptBlobs) -> House:
    return replace(house, blobs=blobs)


async def test_killed_between_upload_and_row_nothing_is_lost_and_nothing_stays_behind(
    house: House, s3: S3Server
) -> None:
    class Dies(RecordingEncryption):
        async def _move(self, *_arguments: object) -> str:
            raise Killed

    wav = await house.seal()
    with pytest.raises(Killed):
        await Dies(house.engine, house.keys, house.blobs, house.clock).run(TENANT, "rec_c1")
    assert (len(s3.keys), await house.read()) == (1, wav)

    await house.encryption.run(TENANT, "rec_c1")

    assert (house.files(), len(s3.keys), await house.read()) == ([], 1, wav)


async def test_killed_between_row_and_last_step_it_is_finished_by_the_next_run(house: House, s3: S3Server) -> None:
    class Dies(RecordingEncryption):
        async def _finish(self, *_arguments: object) -> None:
            raise Killed

    wav = await house.seal()
    with pytest.raises(Killed):
        await Dies(house.engine, house.keys, house.blobs, house.clock).run(TENANT, "rec_c1")
    assert house.files() == ["rec_c1.wav"]

    await house.encryption.run(TENANT, "rec_c1")

    assert (house.files(), len(s3.keys), await house.read()) == ([], 1, wav)


async def test_killed_and_purged_before_it_ran_again_nothing_stays_behind(house: House, s3: S3Server) -> None:
    """The upload ends when the purge has looked already; the run after it finds out."""

    class Slow(RecordingEncryption):
        async def _move(self, *_arguments: object) -> str:
            house.clock.advance(timedelta(days=31).total_seconds())
            left = list(s3.versions)
            await house.purge()
            s3.versions += left
            raise Killed

    await house.seal()
    with pytest.raises(Killed):
        await Slow(house.engine, house.keys, house.blobs, house.clock).run(TENANT, "rec_c1")
    assert len(s3.keys) == 1

    await house.encryption.run(TENANT, "rec_c1")

    assert (s3.versions, house.files()) == ([], [])


async def test_a_recording_that_is_deleted_while_it_is_uploaded_leaves_no_object(house: House, s3: S3Server) -> None:
    class Late(RecordingEncryption):
        async def _move(self, *arguments: object) -> str:
            async with house.engine.begin() as connection:
                await connection.execute(text("UPDATE recordings SET state = 'deleted'"))
            return await super()._move(*arguments)

    await house.seal()

    await Late(house.engine, house.keys, house.blobs, house.clock).run(TENANT, "rec_c1")

    assert s3.versions == []


async def test_of_two_runs_at_once_the_row_names_the_one_that_stays(house: House, s3: S3Server) -> None:
    class Slow(RecordingEncryption):
        async def _move(self, *arguments: object) -> str:
            await house.encryption.run(TENANT, "rec_c1")
            return await super()._move(*arguments)

    wav = await house.seal()

    await Slow(house.engine, house.keys, house.blobs, house.clock).run(TENANT, "rec_c1")

    assert (house.files(), len(s3.keys), await house.read()) == ([], 1, wav)


async def test_a_bucket_that_refuses_leaves_the_recording_where_it_was(house: House, s3: S3Server) -> None:
    s3.refused = {"HeadObject": "AccessDenied"}  # it is there, and cannot be verified
    wav = await house.seal()

    with pytest.raises(ConfigError, match="HeadObject"):
        await house.encryption.run(TENANT, "rec_c1")

    assert (await house.recording()).path == "c1/c1/rec_c1.wav"
    assert await house.read() == wav
    s3.refused = {}
    await house.encryption.run(TENANT, "rec_c1")
    assert (house.files(), len(s3.keys), await house.read()) == ([], 1, wav)


async def test_a_purge_deletes_every_version(house: House, s3: S3Server) -> None:
    s3.versioned = True
    await house.send()
    s3.versions.append(replace(s3.versions[0], id="again"))
    house.clock.advance(timedelta(days=31).total_seconds())

    run = await house.purge()

    assert (s3.versions, run.state, run.errors) == ([], "done", [])
    assert (run.counts["A"]["calls"], (await house.recording()).path) == (1, "")


async def test_a_purge_that_meets_a_lock_destroys_the_key_says_so_and_deletes_when_it_is_over(
    house: House, s3: S3Server
) -> None:
    s3.locks = True
    house.blobs = replace(house.blobs, rule=LockRule(mode=LockMode.COMPLIANCE, length=timedelta(days=60)))
    await house.send()
    house.clock.advance(timedelta(days=31).total_seconds())

    locked = await house.purge()

    assert s3.versions[0].until == START + 60 * DAY
    until = f"{START + 60 * DAY:%Y-%m-%d}"
    assert locked.errors == [{"call_id": "c1", "class": "A", "problem": f"Locked by compliance until {until}"}]
    assert (locked.counts["A"]["calls"], len(s3.keys)) == (0, 1)
    with pytest.raises(NotFound, match="shredded"):
        await house.read()

    house.clock.advance(timedelta(days=30).total_seconds())
    over = await house.purge()

    assert (over.errors, over.counts["A"]["files"], s3.versions) == ([], 1, [])
    assert (await house.recording()).path == ""


async def test_a_recording_that_is_encrypted_after_its_lock_would_be_over_gets_none(house: House, s3: S3Server) -> None:
    s3.locks = True
    house.blobs = replace(house.blobs, rule=LockRule(mode=LockMode.COMPLIANCE, length=timedelta(days=1)))
    wav = await house.seal()
    house.clock.advance(timedelta(days=2).total_seconds())

    await house.encryption.run(TENANT, "rec_c1")

    assert ([one.until for one in s3.versions], house.files(), await house.read()) == ([None], [], wav)


async def test_a_bucket_that_is_away_keeps_no_words(house: House, s3: S3Server) -> None:
    for call in ("c1", "c2", "c3", "c4"):
        await house.send(call)
    s3.refused = {"ListObjectVersions": "OperationAborted"}  # which may pass, and boto3 does not ask again
    house.clock.advance(timedelta(days=91).total_seconds())

    run = await house.purge()

    assert (run.counts["A"]["calls"], run.counts["T"]["calls"]) == (0, 4)
    assert (run.state, {one["problem"] for one in run.errors}, len(run.errors)) == ("failed", {"Unavailable"}, 3)


async def test_T_ER_3_an_object_under_a_compliance_lock_loses_its_key_now_and_goes_when_the_lock_is_over(
    house: House, s3: S3Server
) -> None:
    s3.locks, end = True, START + 60 * DAY
    house.blobs = replace(house.blobs, rule=LockRule(mode=LockMode.COMPLIANCE, length=timedelta(days=60)))
    await house.send()
    house.clock.advance(timedelta(days=1).total_seconds())
    parts = replace(parts_of(house.records, house.folder, house.clock), blobs=house.blobs)

    request = await erase(parts, [PERSON])

    assert request.state == "restricted"
    assert (await fates_of(house.records, request.id))[A, Fate.RESTRICTED] == (1, "object_lock")
    told = verify_receipt(request.receipt.encode()).content
    kept = {one["class"]: one for one in told["kept"]}["audio"]
    assert (kept["reason"], kept["source"], kept["keys_destroyed"]) == ("object_lock", "compliance", True)
    assert (kept["until"][:10], told["complete"]) == (f"{end:%Y-%m-%d}", False)
    (stone,) = [one for one in read_tombstones(parts.tombstones) if one.content_class is A]
    assert (stone.method, len(stone.key_ids)) == ("shred", 1)
    with pytest.raises(NotFound, match="shredded"):
        await house.keys.open(TENANT, stone.key_ids[0])

    await ErasureFollowUp(parts).run()
    assert (await request_of(house.records, request.id)).state == "restricted"
    house.clock.advance(timedelta(days=31).total_seconds())
    await ErasureFollowUp(parts).run()
    assert (await request_of(house.records, request.id)).sealed is None, "nobody has to be known for a lock to end"

    house.clock.advance(timedelta(days=30).total_seconds())
    await ErasureFollowUp(parts).run()
    await Erasure(parts).run(TENANT, request.id)

    after = await request_of(house.records, request.id)
    assert (after.state, s3.versions) == ("done", [])
    assert verify_receipt(after.receipt.encode()).content["complete"]


async def test_T_GD_10_a_restored_key_of_a_locked_object_is_destroyed_again_by_the_replay(
    house: House, s3: S3Server
) -> None:
    s3.locks = True
    house.blobs = replace(house.blobs, rule=LockRule(mode=LockMode.COMPLIANCE, length=timedelta(days=60)))
    wav = await house.send()
    house.clock.advance(timedelta(days=1).total_seconds())
    parts = replace(parts_of(house.records, house.folder, house.clock), blobs=house.blobs)
    async with house.engine.connect() as connection:
        backup = await connection.scalar(text("SELECT wrapped FROM data_keys"))
    await erase(parts, [PERSON])
    async with house.engine.begin() as connection:
        await connection.execute(text("UPDATE data_keys SET wrapped = :key, shredded_at = NULL"), {"key": backup})
        await connection.execute(text("UPDATE recordings SET state = 'sealed'"))
    assert await house.read() == wav, "the backup brings it back"

    replay = TombstoneReplay(house.records, house.blobs, parts.packages, lambda _: PEPPER, house.clock)
    await replay.run(list(read_tombstones(parts.tombstones)))

    assert (await house.recording()).state == "deleted"
    with pytest.raises(NotFound, match="shredded"):
        await house.read()


async def test_a_hold_is_put_on_the_object_and_taken_off_with_its_release(house: House, s3: S3Server) -> None:
    s3.locks = True
    await house.send()
    await house.send("c2")

    hold = await place_hold(house.records, call_id="c1")
    await house.holds.run(Order(tenant_id=TENANT, arguments={"hold_id": hold}))
    held = {one.key.split("/")[1]: one.held for one in s3.versions}
    await release_hold(house.records, hold)
    await house.holds.run(Order(tenant_id=TENANT, arguments={"hold_id": hold}))

    assert held == {"c1": True, "c2": False}
    assert [one.held for one in s3.versions] == [False, False]
    async with house.records.unit_of_work(TENANT) as work:
        acts = await work.audit.list(limit=10, where=AuditFilter(action="legal_hold.followed"))
    assert [act.details for act in acts] == [{"objects": {"let_go": 1}}, {"objects": {"held": 1}}]


async def test_what_another_hold_keeps_is_not_let_go(house: House, s3: S3Server) -> None:
    s3.locks = True
    await house.send()
    first = await place_hold(house.records, call_id="c1")
    await place_hold(house.records, caller=PERSON)
    await release_hold(house.records, first)

    await house.holds.run(Order(tenant_id=TENANT, arguments={"hold_id": first}))

    assert [one.held for one in s3.versions] == [True]


async def test_a_recording_that_is_sealed_under_a_hold_is_held_from_its_first_moment(
    house: House, s3: S3Server
) -> None:
    s3.locks = True
    await house.seal()
    await place_hold(house.records, call_id="c1")

    await house.encryption.run(TENANT, "rec_c1")

    assert [one.held for one in s3.versions] == [True]


async def test_a_tag_that_a_hold_goes_by_brings_the_object_under_it(house: House, s3: S3Server) -> None:
    s3.locks = True
    await house.send()
    await place_hold(house.records, tag="matter-1")
    async with house.records.unit_of_work(TENANT) as work:
        await work.retention.put_tag(CallId("c1"), "matter-1", by="key_1", now=START)
        await work.commit()

    await house.holds.run(Order(tenant_id=TENANT, arguments={"call_id": "c1"}))

    assert [one.held for one in s3.versions] == [True]


async def test_a_hold_on_a_bucket_that_knows_none_is_told_as_not_kept_there(house: House, s3: S3Server) -> None:
    await house.send()
    hold = await place_hold(house.records, call_id="c1")

    await house.holds.run(Order(tenant_id=TENANT, arguments={"hold_id": hold}))

    async with house.records.unit_of_work(TENANT) as work:
        (act,) = await work.audit.list(limit=10, where=AuditFilter(action="legal_hold.followed"))
    assert act.details == {"objects": {"not_kept": 1}}


async def test_many_objects_are_followed_in_slices(house: House, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from voiceagent.apps import object_holds

    monkeypatch.setattr(object_holds, "_PAGE", 1)
    s3.locks = True
    await house.send()
    await house.send("c2")
    hold = await place_hold(house.records)

    await house.holds.run(Order(tenant_id=TENANT, arguments={"hold_id": hold}), for_s=0)
    first = sum(one.held for one in s3.versions)
    async with house.records.unit_of_work(TENANT) as work:
        (job,) = [one for one in await work.jobs.list(limit=50) if one.task == "follow_hold"]
    await house.holds.run(Order(tenant_id=TENANT, arguments=job.arguments))

    assert (first, sum(one.held for one in s3.versions)) == (1, 2)
