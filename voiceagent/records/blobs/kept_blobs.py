"""All sound of an installation: plain files in its folder, encrypted ones there or in a bucket, as the settings choose.

What a row names is read and deleted where it lies, whatever is chosen by now.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from voiceagent.core.errors import ConfigError
from voiceagent.records.blobs.folder_store import FolderStore
from voiceagent.records.blobs.s3_place import is_in_bucket
from voiceagent.records.blobs.store import BlobStore, Deleted, LockMode


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRule:
    """Each encrypted file is locked so, from the moment when its recording was sealed."""

    mode: LockMode
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBlobs:
    """`bucket` is None where none is configured; `sends`: whether new files go there, under `rule`, if there is one."""

    folder: FolderStore
    bucket: BlobStore | None = None
    sends: bool = False
    rule: LockRule | None = None

    @property
    def root(self) -> Path:
        """Of plain files, which gateways write."""
        return self.folder.root

    async def open(self, place: str) -> BinaryIO:
        """Raises NotFound, ConfigError for a bucket that the settings do not tell of, Unavailable, OSError."""
        return await self.store_of(place).open(place)

    async def delete(self, stems: Collection[str]) -> Deleted:
        """Everywhere: an attempt that was killed may have left something where the row does not say.

        Raises ConfigError, Unavailable, OSError.
        """
        here = await self.folder.delete([stem for stem in stems if not is_in_bucket(stem)])
        if self.bucket is None:
            for stem in stems:
                self.store_of(stem)  # raises where that one is in a bucket
            return here
        there = await self.bucket.delete(stems)
        return Deleted(files=here.files + there.files, locked=there.locked)

    def store_of(self, place: str) -> BlobStore:
        """Raises ConfigError."""
        if not is_in_bucket(place):
            return self.folder
        if self.bucket is None:
            raise ConfigError(f"a recording lies at {place}: put `blobs.s3` back into the settings")
        return self.bucket

    def name_of(self, place: str) -> str:
        """Of a plain or encrypted file: the path of the plain one below `root`."""
        return self.store_of(place).name_of(place)


def in_folder(root: Path) -> KeptBlobs:
    """Everything below that folder."""
    return KeptBlobs(folder=FolderStore(root))
