"""What every BlobStore must do, as tests: subclass `BlobStoreContract` in a test module and give it `store`.

class TestMyStore(BlobStoreContract):
    @pytest.fixture
    def store(self, clock: ManualClock) -> BlobStore: ...
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from voiceagent.core.errors import ConfigError, NotFound
from voiceagent.records.blobs.store import LEGAL_HOLD, BlobStore, LockMode
from voiceagent.testing.clock import ManualClock

NAME = "call_1234/call_12345678/rec_1.wav"
FOLDER = "call_1234/call_12345678/"


class BlobStoreContract:
    """pytest collects these through the subclass. `store` is empty, and its locks end by `clock`."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def drafts(self, tmp_path: Path) -> Path:
        """Where files are before they are put, on the file system of a folder's store."""
        (tmp_path / "drafts").mkdir()
        return tmp_path / "drafts"

    async def put(self, store: BlobStore, drafts: Path, content: bytes, name: str = NAME) -> str:
        (drafts / "one").write_bytes(content)
        return await store.put(name, drafts / "one")

    async def read(self, store: BlobStore, place: str) -> bytes:
        with await store.open(place) as file:
            return file.read()

    async def test_what_was_put_comes_back_and_is_gone_from_where_it_was(self, store: BlobStore, drafts: Path) -> None:
        place = await self.put(store, drafts, b"sealed")

        assert await self.read(store, place) == b"sealed"
        assert store.name_of(place) == NAME
        assert not (drafts / "one").exists()

    async def test_parts_are_read_in_any_order(self, store: BlobStore, drafts: Path) -> None:
        content = os.urandom(2_500_000)
        with await store.open(await self.put(store, drafts, content)) as file:
            assert file.seek(0, os.SEEK_END) == len(content)
            assert file.read(10) == b""
            for start, length in ((2_400_000, 200_000), (0, 15), (1_048_570, 20), (65_536, 65_552)):
                file.seek(start)
                assert file.read(length) == content[start : start + length]

    async def test_an_empty_file_is_a_file(self, store: BlobStore, drafts: Path) -> None:
        assert await self.read(store, await self.put(store, drafts, b"")) == b""

    async def test_the_place_of_a_second_attempt_holds_the_second(self, store: BlobStore, drafts: Path) -> None:
        await self.put(store, drafts, b"first")
        place = await self.put(store, drafts, b"second")

        assert await self.read(store, place) == b"second"

    async def test_what_is_not_there_is_not_put(self, store: BlobStore, drafts: Path) -> None:
        with pytest.raises(FileNotFoundError):
            await store.put(NAME, drafts / "none")

    async def test_a_call_goes_with_all_that_lies_below_it(self, store: BlobStore, drafts: Path) -> None:
        other = "call_1234/call_123456789/rec_9.wav"
        places = [await self.put(store, drafts, name.encode(), name) for name in (NAME, FOLDER + "clip_1.wav", other)]

        done = await store.delete([FOLDER])

        assert (done.files, done.locked) == (2, {})
        assert await self.read(store, places[2]) == other.encode()
        for place in places[:2]:
            with pytest.raises(NotFound):
                await store.open(place)

    async def test_what_interrupted_attempts_left_goes_and_the_kept_one_stays(
        self, store: BlobStore, drafts: Path
    ) -> None:
        for content in (b"first", b"second"):
            await self.put(store, drafts, content)
        place = await self.put(store, drafts, b"kept")
        beside = await self.put(store, drafts, b"beside", FOLDER + "rec_10.wav")

        await store.delete([f"{NAME}."], but=place)

        assert (await self.read(store, place), await self.read(store, beside)) == (b"kept", b"beside")
        assert (await store.delete([FOLDER])).files == 2

    async def test_a_place_can_be_deleted_by_itself(self, store: BlobStore, drafts: Path) -> None:
        place = await self.put(store, drafts, b"sealed")

        assert (await store.delete([place])).files == 1
        with pytest.raises(NotFound):
            await store.open(place)

    async def test_to_delete_what_is_gone_is_no_error(self, store: BlobStore, drafts: Path) -> None:
        place = await self.put(store, drafts, b"sealed")
        await store.delete([FOLDER])

        for stem in (FOLDER, place, "call_none/call_none/"):
            assert (await store.delete([stem])).files == 0

    async def test_a_hold_keeps_where_it_is_said_to(self, store: BlobStore, drafts: Path) -> None:
        place = await self.put(store, drafts, b"sealed")

        if await store.hold(place, on=True):
            done = await store.delete([FOLDER])
            assert (done.files, {stem: lock.kind for stem, lock in done.locked.items()}) == (0, {FOLDER: LEGAL_HOLD})
            assert await self.read(store, place) == b"sealed"
            assert await store.hold(place, on=False)
        assert (await store.delete([FOLDER])).files == 1

    async def test_a_lock_keeps_until_it_is_over_or_is_refused(
        self, store: BlobStore, drafts: Path, clock: ManualClock
    ) -> None:
        place = await self.put(store, drafts, b"sealed")
        until = clock.now() + timedelta(days=1)

        try:
            await store.lock(place, LockMode.COMPLIANCE, until)
        except ConfigError:
            assert (await store.capabilities(LockMode.COMPLIANCE)).locks is None
        else:
            await store.lock(place, LockMode.COMPLIANCE, until - timedelta(hours=1))  # the longer one stays
            (lock,) = (await store.delete([FOLDER])).locked.values()
            assert (lock.kind, lock.until) == (LockMode.COMPLIANCE, until)
            assert await self.read(store, place) == b"sealed"
            clock.advance(timedelta(days=1).total_seconds())
        assert (await store.delete([FOLDER])).files == 1

    async def test_a_probe_claims_what_was_seen_and_leaves_nothing(self, store: BlobStore, drafts: Path) -> None:
        seen = await store.capabilities()
        place = await self.put(store, drafts, b"sealed")

        assert seen.holds == await store.hold(place, on=True)
        assert bool(seen.why_not) == (seen.locks is None)
        await store.hold(place, on=False)
        assert (await store.delete([FOLDER, "probe/"])).files == 1
