import hashlib
import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from voiceagent.core.errors import ConfigError, Damaged, NotFound, Unavailable
from voiceagent.records.at_rest.encrypted_file import CHUNK_BYTES, EncryptedFile, encrypt
from voiceagent.records.blobs.s3_client import BotoS3
from voiceagent.records.blobs.s3_store import S3Store
from voiceagent.records.blobs.store import Capabilities, LockMode
from voiceagent.testing.blob_store_contract import FOLDER, NAME, BlobStoreContract
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.vendors.s3 import BUCKET, REQUEST_ID, S3Server, refuses
from voiceagent.testing.vendors.server import answers, passes


class TestContract(BlobStoreContract):
    @pytest.fixture(params=["plain", "locks"])
    def store(
        self, request: pytest.FixtureRequest, s3: S3Server, boto: BotoS3, clock: ManualClock
    ) -> Iterator[S3Store]:
        s3.locks, s3.page = request.param == "locks", 2  # with locks come versions
        opened = S3Store(boto, prefix="voiceagent/", clock=clock, sleep=clock.advance)
        yield opened
        opened.close()


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    (tmp_path / "draft").write_bytes(b"sealed")
    return tmp_path / "draft"


async def read(store: S3Store, place: str) -> bytes:
    with await store.open(place) as file:
        return file.read()


async def test_an_object_is_named_by_what_is_in_it(store: S3Store, s3: S3Server, draft: Path) -> None:
    place = await store.put(NAME, draft)

    assert s3.keys == [f"voiceagent/{NAME}.{hashlib.sha256(b'sealed').hexdigest()}.enc"]
    assert place == f"s3://{BUCKET}/{s3.keys[0]}"


@pytest.mark.parametrize("checksums", [True, False])
async def test_what_arrived_as_something_else_is_not_taken_for_put(
    store: S3Store, s3: S3Server, draft: Path, monkeypatch: pytest.MonkeyPatch, checksums: bool
) -> None:
    """Told by the checksum that the store keeps, or by reading where it keeps none."""
    s3.checksums = checksums
    honest = S3Server._store

    def spoils(self: S3Server, *arguments: object) -> object:
        answer = honest(self, *arguments)
        self.versions[-1].data, self.versions[-1].checksum = b"spoilt", "b3RoZXI=" if checksums else ""
        return answer

    monkeypatch.setattr(S3Server, "_store", spoils)
    with pytest.raises(Unavailable, match="not what was sent"):
        await store.put(NAME, draft)

    assert draft.read_bytes() == b"sealed"
    assert s3.versions == []


async def test_the_version_that_was_put_is_read_whatever_is_put_over_it_or_deleted(
    store: S3Store, s3: S3Server, draft: Path
) -> None:
    s3.versioned = True
    place = await store.put(NAME, draft)
    key = s3.keys[0]
    s3.versions += [
        type(s3.versions[0])(key=key, id="9", data=b"forged"),
        type(s3.versions[0])(key=key, id="10", is_marker=True),
    ]

    assert await read(store, place) == b"sealed"

    assert (await store.delete([FOLDER])).files == 2
    assert s3.versions == []


async def test_an_object_that_changes_in_mid_reading_is_damaged(store: S3Store, s3: S3Server, draft: Path) -> None:
    draft.write_bytes(bytes(3_000_000))
    file = await store.open(await store.put(NAME, draft))
    file.read(10)
    s3.spoil(s3.keys[0])

    file.seek(2_500_000)
    with file, pytest.raises(Damaged, match="replaced"):
        file.read(10)


async def test_what_is_read_in_order_takes_a_request_for_each_mebibyte(
    store: S3Store, s3: S3Server, draft: Path
) -> None:
    """The chunks of an encrypted file are small; each in a request of its own would be heard as gaps."""
    with draft.open("wb") as written:
        encrypt(io.BytesIO(bytes(3_000_000)), written, bytes(32), b"rec_1")

    with EncryptedFile(await store.open(await store.put(NAME, draft)), bytes(32), b"rec_1") as file:
        opening = s3.did.count("GetObject")
        part = file.read(1_500_000, 100)
        seeking = s3.did.count("GetObject") - opening
        for start in range(0, file.size, CHUNK_BYTES):
            file.read(start, CHUNK_BYTES)

    assert (part, opening, seeking) == (bytes(100), 2, 1)
    assert s3.did.count("GetObject") - opening - seeking <= 4


async def test_an_answer_that_broke_off_is_asked_for_again(store: S3Store, s3: S3Server, draft: Path) -> None:
    place = await store.put(NAME, draft)
    s3.faults.extend([passes, answers(206, b"sea", headers={"Content-Length": "6"})])

    assert await read(store, place) == b"sealed"


async def test_a_lock_of_the_bucket_itself_is_told_and_passes(store: S3Store, s3: S3Server, draft: Path) -> None:
    s3.locks, s3.default_lock = True, timedelta(days=7)
    await store.put(NAME, draft)

    done = await store.delete([FOLDER])
    assert [(lock.kind, lock.until) for lock in done.locked.values()] == [
        ("compliance", s3.clock.now() + timedelta(days=7))
    ]

    s3.clock.advance(timedelta(days=7).total_seconds())
    assert (await store.delete([FOLDER])).files == 1


async def test_a_right_that_is_missing_is_not_taken_for_a_lock(store: S3Store, s3: S3Server, draft: Path) -> None:
    await store.put(NAME, draft)
    s3.refused = {"DeleteObject": "AccessDenied"}

    with pytest.raises(ConfigError, match=r"s3:DeleteObject.*AccessDenied.*policies"):
        await store.delete([FOLDER])


async def test_a_probe_sees_what_a_bucket_with_object_lock_does(store: S3Store, s3: S3Server) -> None:
    s3.locks = True

    seen = [await store.capabilities(mode) for mode in LockMode]

    assert seen == [Capabilities(versioned=True, locks=mode, holds=True) for mode in LockMode]
    assert s3.versions == []


async def test_a_store_that_says_it_locks_and_does_not_is_found_out(store: S3Store, s3: S3Server) -> None:
    s3.locks = s3.lies = True

    seen = await store.capabilities()

    assert (seen.locks, seen.holds) == (None, False)
    assert seen.why_not == "an object under a legal hold was deleted all the same"


async def test_rights_that_are_missing_for_a_lock_are_named_and_nothing_is_claimed(
    store: S3Store, s3: S3Server
) -> None:
    s3.locks, s3.refused = True, {"PutObjectRetention": "AccessDenied"}

    seen = await store.capabilities()

    assert (seen.locks, "s3:PutObjectRetention" in seen.why_not) == (None, True)
    assert s3.versions == []


async def test_a_bucket_without_locks_is_probed_and_refuses_one(store: S3Store, s3: S3Server, draft: Path) -> None:
    seen = await store.capabilities()
    place = await store.put(NAME, draft)

    assert seen == Capabilities(why_not="object lock is not switched on for the bucket")
    assert await store.hold(place, on=True) is False
    with pytest.raises(ConfigError, match="not switched on"):
        await store.lock(place, LockMode.COMPLIANCE, s3.clock.now() + timedelta(days=1))


async def test_a_place_in_another_bucket_is_not_asked_for(store: S3Store, s3: S3Server) -> None:
    for ask in (store.open, lambda place: store.delete([place])):
        with pytest.raises(ConfigError, match="lies in the bucket other"):
            await ask("s3://other/voiceagent/x.enc")

    assert s3.did == []


@pytest.mark.parametrize(
    ("code", "status", "kind", "told"),
    [
        ("NoSuchBucket", 404, ConfigError, "blobs.s3.bucket"),
        ("InvalidAccessKeyId", 403, ConfigError, "credentials"),
        ("RequestTimeTooSkewed", 403, ConfigError, "clock"),
        ("PermanentRedirect", 301, ConfigError, "blobs.s3.region"),
        ("BadDigest", 400, Unavailable, "changed on its way"),
        ("SomethingNew", 400, Unavailable, "try again"),
    ],
)
async def test_errors_say_what_to_do_and_quote_nothing(
    store: S3Store, s3: S3Server, caplog: pytest.LogCaptureFixture, code, status, kind, told
) -> None:
    s3.faults.append(refuses(code, status))

    with caplog.at_level(logging.INFO), pytest.raises(kind, match=told) as caught:
        await store.delete([FOLDER])

    assert code in str(caught.value)
    assert REQUEST_ID in str(caught.value)
    assert "secret" not in str(caught.value) + caplog.text


async def test_a_file_that_is_not_in_the_bucket_is_not_found(store: S3Store, s3: S3Server) -> None:
    with pytest.raises(NotFound):
        await store.open(f"s3://{BUCKET}/voiceagent/{NAME}.0.enc")
