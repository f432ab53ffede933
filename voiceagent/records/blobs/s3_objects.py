"""What is done with objects of one bucket, one request after the other. Blocks: use it off the event loop."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO, Final

from voiceagent.core.errors import ConfigError, Unavailable
from voiceagent.records.blobs.s3_client import S3Client
from voiceagent.records.blobs.s3_errors import MAY_BE_LOCKED, NO_LOCKS, error_of
from voiceagent.records.blobs.s3_place import UNVERSIONED, S3Place
from voiceagent.records.blobs.s3_reader import open_object
from voiceagent.records.blobs.store import LEGAL_HOLD, Lock, LockMode
from voiceagent.records.boto import Refused

_BLOCK: Final = 1024 * 1024


class S3Objects:
    """Everything raises ConfigError and Unavailable."""

    def __init__(self, s3: S3Client) -> None:
        self._s3 = s3

    @property
    def bucket(self) -> str:
        return self._s3.bucket

    def put(self, key: str, body: BinaryIO, sha256: bytes) -> S3Place:
        """All of `body`, which has that digest: the store refuses it where it does not, and is asked afterwards."""
        size, checksum = body.seek(0, 2), b64encode(sha256).decode()
        body.seek(0)
        place = S3Place(bucket=self.bucket, key=key)
        told = self._ask("PutObject", place, Body=body, ContentLength=size, ChecksumSHA256=checksum)
        version = told.get("VersionId", "")
        place = S3Place(bucket=self.bucket, key=key, version="" if version == UNVERSIONED else version)
        found = self._ask("HeadObject", place, ChecksumMode="ENABLED")
        # Not every store keeps the checksum: then it is read
        if found["ContentLength"] != size or (found.get("ChecksumSHA256") or self._digest(place)) != checksum:
            self.remove(place)
            raise Unavailable(f"{place} is not what was sent there; try again")
        return place

    def open(self, place: S3Place) -> BinaryIO:
        """Raises NotFound."""
        return open_object(self._s3, place)

    def delete_all(self, prefix: str, but: S3Place | None = None) -> tuple[int, Lock | None]:
        """Every version of whatever begins so: how many went, and of the locks that kept others the last to end."""
        gone, locks = 0, []
        for place, is_marker in self._versions(prefix):
            if but is None or not place.is_same(but):
                lock = self.remove(place, is_marker=is_marker)
                gone += lock is None and not is_marker
                locks += [] if lock is None else [lock]
        return gone, max(locks, key=_end, default=None)

    def remove(self, place: S3Place, *, is_marker: bool = False) -> Lock | None:
        """What keeps it from going; None when it went."""
        try:
            self._s3.ask("DeleteObject", **place.asked)
        except Refused as refused:
            lock = self._lock_on(place) if refused.code in MAY_BE_LOCKED and not is_marker else None
            if lock is None:
                raise error_of(refused, str(place)) from None
            return lock
        return None

    def lock(self, place: S3Place, mode: LockMode, until: datetime) -> None:
        """A lock that is as strong and lasts as long stays as it is. Raises ConfigError where it does not hold."""
        if self._is_locked(place, mode, until):
            return
        try:
            self._s3.ask(
                "PutObjectRetention", **place.asked, Retention={"Mode": mode.upper(), "RetainUntilDate": until}
            )
        except Refused as refused:
            if refused.code in NO_LOCKS:
                raise ConfigError(f"{place} cannot be locked: object lock is not switched on for the bucket") from None
            raise error_of(refused, str(place)) from None
        if not self._is_locked(place, mode, until):
            raise ConfigError(f"{place} was to be locked, and is not: the store does not keep object locks")

    def hold(self, place: S3Place, *, on: bool) -> bool:
        """False where the bucket knows no holds."""
        status = "ON" if on else "OFF"
        try:
            self._s3.ask("PutObjectLegalHold", **place.asked, LegalHold={"Status": status})
        except Refused as refused:
            if refused.code in NO_LOCKS:
                return False
            raise error_of(refused, str(place)) from None
        return str(self._ask("HeadObject", place).get("ObjectLockLegalHoldStatus", "OFF")) == status

    def keeps_versions(self) -> bool:
        return self._ask("GetBucketVersioning").get("Status") == "Enabled"

    def says_it_locks(self) -> bool:
        """What the bucket is set to; not whether it does so."""
        try:
            told = self._s3.ask("GetObjectLockConfiguration")
        except Refused as refused:
            if refused.code in NO_LOCKS:
                return False
            raise error_of(refused, f"s3://{self.bucket}") from None
        return bool(told.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled")

    def _digest(self, place: S3Place) -> str:
        digest = hashlib.sha256()
        with self.open(place) as again:
            while block := again.read(_BLOCK):
                digest.update(block)
        return b64encode(digest.digest()).decode()

    def _versions(self, prefix: str) -> Iterator[tuple[S3Place, bool]]:
        """Delete markers come last: one that goes first would bring a version back."""
        markers: list[S3Place] = []
        after: dict[str, Any] = {}
        while True:
            page = self._ask("ListObjectVersions", Prefix=prefix, **after)
            markers += [self._version(row) for row in page.get("DeleteMarkers", ())]
            yield from [(self._version(row), False) for row in page.get("Versions", ())]
            if not page.get("IsTruncated"):
                break
            after = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker", "")}
        yield from ((marker, True) for marker in markers)

    def _version(self, row: Mapping[str, Any]) -> S3Place:
        return S3Place(bucket=self.bucket, key=row["Key"], version=row.get("VersionId", ""))

    def _lock_on(self, place: S3Place) -> Lock | None:
        told = self._ask("HeadObject", place)
        if told.get("ObjectLockLegalHoldStatus") == "ON":
            return Lock(kind=LEGAL_HOLD)
        until = told.get("ObjectLockRetainUntilDate")
        return None if until is None else Lock(kind=str(told.get("ObjectLockMode", "")).lower(), until=until)

    def _is_locked(self, place: S3Place, mode: LockMode, until: datetime) -> bool:
        told = self._ask("HeadObject", place)
        ends = told.get("ObjectLockRetainUntilDate")
        strong = told.get("ObjectLockMode") in (mode.upper(), LockMode.COMPLIANCE.upper())
        return strong and ends is not None and bool(ends >= until.replace(microsecond=0))  # kept in whole seconds

    def _ask(self, operation: str, place: S3Place | None = None, **parameters: Any) -> Mapping[str, Any]:
        try:
            return self._s3.ask(operation, **({} if place is None else place.asked), **parameters)
        except Refused as refused:
            raise error_of(refused, str(place or f"s3://{self.bucket}")) from None


def _end(lock: Lock) -> tuple[bool, float]:
    """A hold has none, so it comes after every lock."""
    return lock.until is None, lock.until.timestamp() if lock.until else 0.0
