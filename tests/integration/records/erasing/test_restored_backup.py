"""A backup from before an erasure is restored: database, recordings, and nothing else. Tombstones lie beside it."""

import hashlib
import shutil

import pytest
from sqlalchemy import make_url, text

from tests.integration.records.erasing.people import approved, erase, parts_of
from tests.integration.records.purging.calls_to_purge import (
    DAY,
    PEPPER,
    START,
    TENANT,
    SetClock,
    canaries,
    everything_stored,
    found_in,
    make_call,
)
from voiceagent.apps.erasure import Erasure
from voiceagent.apps.tombstone_replay import TombstoneReplay
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import ConfigError
from voiceagent.records import migrate
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.encryption import RecordingEncryption
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.engine import create_engine
from voiceagent.records.erasing.tombstone_file import read_tombstones
from voiceagent.records.unit_of_work import Records

A, T, X, M, C = ContentClass
GONE = tuple(word for letter in (T, X, M) for word in canaries("c1")[letter])


async def test_T_GD_10_T_KEY_1_a_restored_backup_is_unreadable_again_once_tombstones_are_replayed(
    postgres_server, database, tmp_path
):
    clock, live = SetClock(START + DAY), tmp_path / "live"
    engine = create_engine(database["database_jobs_url"])
    files = [await make_call(engine, live / "recordings", call, START) for call in ("c1", "c2")]
    keys = DataKeys(engine, LocalKeys(live / "keys"))
    async with engine.begin() as connection:
        for call, file in zip(("c1", "c2"), files, strict=True):
            digest = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "call": call}
            await connection.execute(text("UPDATE recordings SET sha256 = :sha256 WHERE call_id = :call"), digest)
    for call in ("c1", "c2"):
        await RecordingEncryption(engine, keys, in_folder(live / "recordings"), SetClock()).run(TENANT, f"rec_{call}")
    await engine.dispose()
    backup = _copy(postgres_server.url, database["database_jobs_url"])
    shutil.copytree(live / "recordings", tmp_path / "restored")

    engine = create_engine(database["database_jobs_url"])
    await erase(parts_of(Records(engine), live, clock), ["+49301c1"])
    await engine.dispose()
    tombstones = list(read_tombstones(live / "erasure" / "tombstones.jsonl"))
    restored = create_engine(backup)
    before = await everything_stored(restored)
    assert all(found_in(before, [word]) for word in GONE), "the backup does not know of it"
    replay = TombstoneReplay(
        Records(restored), in_folder(tmp_path / "restored"), PackageStore(tmp_path / "exports"), lambda _: PEPPER, clock
    )
    first, again = await replay.run(tombstones), await replay.run(tombstones)
    stored = await everything_stored(restored)
    async with restored.connect() as connection:
        kept = dict((await connection.execute(text("SELECT call_id, wrapped IS NOT NULL FROM data_keys"))).all())
    await restored.dispose()

    assert (first, again) == ({"erased": 4, "unknown": 0}, {"erased": 4, "unknown": 0})
    assert found_in(stored, GONE) == []
    assert kept == {"c1": False, "c2": True}
    assert [file.name for file in (tmp_path / "restored").rglob("*") if file.is_file()] == ["rec_c2.wav.enc"]
    assert all(found_in(stored, [word]) for word in canaries("c2")[T])


async def test_tombstones_of_calls_that_are_not_in_the_backup_are_counted_and_harmless(engine, records, tmp_path):
    await make_call(engine, tmp_path / "recordings", "c1", START)
    parts = parts_of(records, tmp_path, SetClock(START + DAY))
    await erase(parts, ["+49301c1"])
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM calls"))

    replay = TombstoneReplay(records, in_folder(tmp_path / "recordings"), parts.packages, lambda _: PEPPER, parts.clock)
    done = await replay.run(list(read_tombstones(parts.tombstones)))

    assert done == {"erased": 0, "unknown": 4}


async def test_a_file_that_lacks_tombstones_of_the_database_is_refused_before_anything_is_done(
    engine, records, tmp_path
):
    """An old copy, or one that was cut short between two lines."""
    await make_call(engine, tmp_path / "recordings", "c1", START)
    parts = parts_of(records, tmp_path, SetClock(START + DAY))
    await erase(parts, ["+49301c1"])
    lines = parts.tombstones.read_bytes().splitlines(keepends=True)
    parts.tombstones.write_bytes(b"".join(lines[:-1]))
    before = await everything_stored(engine)

    replay = TombstoneReplay(records, in_folder(tmp_path / "recordings"), parts.packages, lambda _: PEPPER, parts.clock)
    with pytest.raises(ConfigError, match=r"1 tombstones of this database are not in the file.*newest copy"):
        await replay.run(list(read_tombstones(parts.tombstones)))

    assert await everything_stored(engine) == before


async def test_a_file_that_was_lost_is_written_anew_before_tombstones_are_added_to_it(engine, records, tmp_path):
    """One that begins with today would be taken for whole."""
    for call in ("c1", "c2"):
        await make_call(engine, tmp_path / "recordings", call, START)
    parts = parts_of(records, tmp_path, SetClock(START + DAY))
    await erase(parts, ["+49301c1"])
    parts.tombstones.unlink()

    await approved(parts, ["+49301c2"], request_id="erq_2")
    await Erasure(parts).run(TENANT, "erq_2")

    assert {one.call_id for one in read_tombstones(parts.tombstones)} == {"c1", "c2"}


def _copy(server_url: str, url: str) -> str:
    """A backup as the server makes it, restored under another name."""
    source = make_url(url)
    engine = migrate.sync_engine(server_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {source.database}_back TEMPLATE {source.database}"))
    engine.dispose()
    return source.set(database=f"{source.database}_back").render_as_string(hide_password=False)
