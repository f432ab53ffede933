"""A client of one bucket of S3, or of a store that speaks its protocol."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Protocol

from voiceagent.records.boto import boto_client, boto_errors

_READ_S: Final = 20.0  # between two pieces of an answer


class S3Client(Protocol):
    """What is used of `boto3.client("s3")`. Blocks; may be shared by threads."""

    @property
    def bucket(self) -> str: ...

    def ask(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Carry out `operation`, named as in the API reference. Raises Refused, ConfigError, Unavailable."""
        ...

    def read(self, **parameters: Any) -> bytes:
        """What GetObject brings. Raises Refused, ConfigError, Unavailable."""
        ...


class BotoS3:
    def __init__(self, bucket: str, region: str, *, endpoint: str = "", ca_file: Path | None = None) -> None:
        """`endpoint`: of a store of your own; empty: the region's. Raises ConfigError where boto3 is not installed."""
        self.bucket = bucket
        self._what = endpoint or f"S3 in {region}"
        self._s3 = boto_client(
            "s3",
            region,
            endpoint,
            what="keeping recordings in a bucket",
            read_s=_READ_S,
            ca_file=ca_file,
            # A store of one's own seldom has a name for each bucket
            s3={"addressing_style": "path" if endpoint else "auto"},
            # Checksums are ours, of the whole: some stores do not know those that boto3 adds by itself
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )

    def ask(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        with boto_errors(self._what, operation, self._target(parameters)):
            method = getattr(self._s3, _METHODS[operation])
            answer: Mapping[str, Any] = method(Bucket=self.bucket, **parameters)
        return answer

    def read(self, **parameters: Any) -> bytes:
        with boto_errors(self._what, "GetObject", self._target(parameters)):
            answer = self._s3.get_object(Bucket=self.bucket, **parameters)
            with closing(answer["Body"]) as body:  # entered itself, it would be the socket under it
                data: bytes = body.read()
        return data

    def _target(self, parameters: Mapping[str, Any]) -> str:
        return f"s3://{self.bucket}/{parameters.get('Key', '')}"


_METHODS: Final = {
    "DeleteObject": "delete_object",
    "GetBucketVersioning": "get_bucket_versioning",
    "GetObjectLockConfiguration": "get_object_lock_configuration",
    "HeadObject": "head_object",
    "ListObjectVersions": "list_object_versions",
    "PutObject": "put_object",
    "PutObjectLegalHold": "put_object_legal_hold",
    "PutObjectRetention": "put_object_retention",
}
