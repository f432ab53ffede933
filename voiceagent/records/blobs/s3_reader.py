"""An object as a file that is read in ranges."""

import io
from typing import BinaryIO, Final

from voiceagent.core.errors import Unavailable
from voiceagent.records.blobs.s3_client import S3Client
from voiceagent.records.blobs.s3_errors import error_of
from voiceagent.records.blobs.s3_place import S3Place
from voiceagent.records.boto import Refused

# Of one request: sixteen chunks of an encrypted file. What is played is asked for in order, so little is read in vain
_RANGE_BYTES: Final = 1024 * 1024
_ATTEMPTS: Final = 3  # of a range whose answer broke off


class _Object(io.RawIOBase):
    def __init__(self, s3: S3Client, place: S3Place, size: int, etag: str) -> None:
        super().__init__()
        self._s3 = s3
        self._place = place
        self._size = size
        self._etag = etag
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, begin + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        end = min(self._at + len(buffer), self._size)
        if self._at >= end:
            return 0
        data = self._range(self._at, end)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _range(self, start: int, end: int) -> bytes:
        problem = Unavailable()
        for _ in range(_ATTEMPTS):
            try:
                # If-Match: an object that is put anew under the same name in mid-reading is not half of each
                return self._s3.read(**self._place.asked, Range=f"bytes={start}-{end - 1}", IfMatch=self._etag)
            except Refused as refused:
                raise error_of(refused, str(self._place)) from None
            except Unavailable as error:
                problem = error
        raise problem


def open_object(s3: S3Client, place: S3Place) -> BinaryIO:
    """Reads blocks, ahead of what is asked for. Raises NotFound, ConfigError, Unavailable, as reading does."""
    try:
        told = s3.ask("HeadObject", **place.asked)
    except Refused as refused:
        raise error_of(refused, str(place)) from None
    return io.BufferedReader(_Object(s3, place, told["ContentLength"], told["ETag"]), _RANGE_BYTES)
