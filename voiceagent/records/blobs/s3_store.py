"""Objects of one bucket, named by what is in them: two attempts at one file never overwrite each other's."""

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from voiceagent.core.clock import Clock
from voiceagent.core.errors import ConfigError, first_error
from voiceagent.records.blobs.s3_client import S3Client
from voiceagent.records.blobs.s3_objects import S3Objects
from voiceagent.records.blobs.s3_place import S3Place, is_in_bucket
from voiceagent.records.blobs.s3_probe import probe
from voiceagent.records.blobs.store import ENCRYPTED_SUFFIX, Capabilities, Deleted, Lock, LockMode
from voiceagent.records.boto import AT_ONCE

_ADDRESS: Final = re.compile(r"\.[0-9a-f]{64}\.enc")  # the SHA-256 of the object, at the end of its name
_T = TypeVar("_T")


class S3Store:
    """A `BlobStore`. `prefix` stands before every name in the bucket; it ends with a slash, or is empty."""

    def __init__(self, s3: S3Client, *, prefix: str, clock: Clock, sleep: Callable[[float], None] = time.sleep) -> None:
        self._objects = S3Objects(s3)
        self._prefix = prefix
        self._clock = clock
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="s3")  # a slow store holds up nobody else

    async def put(self, name: str, file: Path) -> str:
        """At most 5 GiB, which S3 takes in one request. Raises OSError."""
        return await self._aside(lambda: self._put(name, file))

    async def open(self, place: str) -> BinaryIO:
        """Raises NotFound."""
        found = self._own(place)
        return await self._aside(lambda: self._objects.open(found))

    async def delete(self, stems: Collection[str], *, but: str = "") -> Deleted:
        """Several at once, since each takes some requests."""
        kept = S3Place.of(but) if but else None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {stem: group.create_task(self._delete(stem, kept)) for stem in stems}
        except BaseExceptionGroup as errors:
            raise first_error(errors) from errors
        done = {stem: task.result() for stem, task in tasks.items()}
        locked = {stem: lock for stem, (_, lock) in done.items() if lock is not None}
        return Deleted(files=sum(gone for gone, _ in done.values()), locked=locked)

    async def lock(self, place: str, mode: LockMode, until: datetime) -> None:
        found = self._own(place)
        await self._aside(lambda: self._objects.lock(found, mode, until))

    async def hold(self, place: str, *, on: bool) -> bool:
        found = self._own(place)
        return await self._aside(lambda: self._objects.hold(found, on=on))

    async def capabilities(self, mode: LockMode = LockMode.GOVERNANCE) -> Capabilities:
        return await self._aside(lambda: probe(self._objects, self._prefix, mode, self._clock, self._sleep))

    def name_of(self, place: str) -> str:
        """A place under another prefix, or in another bucket, comes back as it is."""
        found = S3Place.of(place) if is_in_bucket(place) else None
        if found is None or found.bucket != self._objects.bucket or not found.key.startswith(self._prefix):
            return place
        return _ADDRESS.sub("", found.key.removeprefix(self._prefix))

    def close(self) -> None:
        """What has not been asked yet will not be."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _put(self, name: str, file: Path) -> str:
        with file.open("rb") as body:
            sha256 = hashlib.file_digest(body, "sha256").digest()
            key = f"{self._prefix}{name}.{sha256.hex()}{ENCRYPTED_SUFFIX}"
            place = self._objects.put(key, body, sha256)
        file.unlink()
        return str(place)

    async def _delete(self, stem: str, but: S3Place | None) -> tuple[int, Lock | None]:
        prefix = self._own(stem).key if is_in_bucket(stem) else self._prefix + stem
        return await self._aside(lambda: self._objects.delete_all(prefix, but))

    def _own(self, place: str) -> S3Place:
        """Raises ConfigError for a place in another bucket."""
        found = S3Place.of(place)
        if found.bucket != self._objects.bucket:
            raise ConfigError(
                f"a recording lies in the bucket {found.bucket}, and `blobs.s3.bucket` names {self._objects.bucket}"
            )
        return found

    async def _aside(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
