"""One bucket of S3 as its API reference documents it: versions and delete markers, object lock, checksums, ranges."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5, sha256
from urllib.parse import quote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from voiceagent.testing.clock import ManualClock
from voiceagent.testing.vendors.server import Fault, VendorServer, answers

ACCESS_KEY = "AKIDEXAMPLE"
REGION = "eu-central-1"
BUCKET = "acme-recordings"
REQUEST_ID = "4442587FB7D0A2F9"
_XML = "application/xml"
_XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
_STATUS = {
    "AccessDenied": 403,
    "BadDigest": 400,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "MethodNotAllowed": 405,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchVersion": 404,
    "NotImplemented": 501,
    "ObjectLockConfigurationNotFoundError": 404,
    "PreconditionFailed": 412,
}
_Serve = Callable[[Request, str, bytes], Response]


def refuses(code: str, status: int = 403) -> Fault:
    """An answer with that code, and a text that quotes what nobody should log."""
    return answers(status, _error(code), headers={"x-amz-request-id": REQUEST_ID}, content_type=_XML)


class _Refused(Exception):
    """Its text is the code."""


@dataclass
class Version:
    """Of an object, or a delete marker, which has no data."""

    key: str
    id: str
    data: bytes = b""
    checksum: str = ""
    mode: str = ""
    until: datetime | None = None
    held: bool = False
    is_marker: bool = False

    @property
    def etag(self) -> str:
        return f'"{md5(self.data, usedforsecurity=False).hexdigest()}"'

    def is_locked(self, now: datetime) -> bool:
        return self.held or (self.until is not None and self.until > now)


@dataclass
class S3Server(VendorServer):
    """`locks`: object lock is on, and versions with it. `lies`: it tells of locks and deletes all the same.

    `checksums`: whether it keeps those that it is given; `page`: of a list; `refused`: operations, and with which code;
    `default_lock`: of the bucket, in COMPLIANCE mode.
    """

    versioned: bool = False
    locks: bool = False
    lies: bool = False
    checksums: bool = True
    page: int = 1000
    refused: dict[str, str] = field(default_factory=dict)
    default_lock: timedelta | None = None
    clock: ManualClock = field(default_factory=ManualClock)  # by which locks end
    versions: list[Version] = field(default_factory=list)  # the newest last
    did: list[str] = field(default_factory=list)  # operations
    _put: int = 0

    def routes(self) -> Sequence[BaseRoute]:
        methods = ["GET", "HEAD", "PUT", "DELETE"]
        return [
            Route("/{bucket}", self._serve, methods=methods),
            Route("/{bucket}/{key:path}", self._serve, methods=methods),
        ]

    @property
    def keys(self) -> list[str]:
        """Of objects that are there, whatever version."""
        return sorted({one.key for one in self.versions if not one.is_marker})

    def spoil(self, key: str) -> None:
        """Let the newest version of an object hold something else."""
        found = self._found(key, "")
        found.data = found.data[:-1] + bytes([found.data[-1] ^ 1])

    async def _serve(self, request: Request) -> Response:
        try:
            return self._answer(request, await request.body())
        except _Refused as refused:
            code = str(refused)
            return Response(_error(code) if request.method != "HEAD" else b"", _STATUS.get(code, 409), media_type=_XML)

    def _answer(self, request: Request, body: bytes) -> Response:
        scope = rf"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/\d{{8}}/{REGION}/s3/aws4_request, SignedHeaders=.*host.*"
        if not re.match(scope, request.headers.get("authorization", "")):
            raise _Refused("InvalidAccessKeyId")
        if request.path_params["bucket"] != BUCKET:
            raise _Refused("NoSuchBucket")
        key = request.path_params.get("key", "")
        operation, serve = self._operation(request.method, key, request.query_params)
        if operation in self.refused:
            raise _Refused(self.refused[operation])
        self.did.append(operation)
        return serve(request, key, body)

    def _operation(self, method: str, key: str, query: Mapping[str, str]) -> tuple[str, _Serve]:
        """By what the query names, or by the method."""
        of_bucket: dict[str, tuple[str, _Serve]] = {
            "versions": ("ListObjectVersions", self._list),
            "versioning": ("GetBucketVersioning", self._versioning),
            "object-lock": ("GetObjectLockConfiguration", self._lock_configuration),
        }
        of_object: dict[str, tuple[str, _Serve]] = {
            "retention": ("PutObjectRetention", self._retain),
            "legal-hold": ("PutObjectLegalHold", self._hold),
        }
        by_method: dict[str, tuple[str, _Serve]] = {
            "PUT": ("PutObject", self._store),
            "GET": ("GetObject", self._get),
            "HEAD": ("HeadObject", self._get),
            "DELETE": ("DeleteObject", self._delete),
        }
        known = of_object if key else of_bucket
        return next((known[name] for name in known if name in query), by_method[method])

    def _store(self, request: Request, key: str, body: bytes) -> Response:
        checksum = b64encode(sha256(body).digest()).decode()
        signed = request.headers["x-amz-content-sha256"]
        if request.headers["x-amz-checksum-sha256"] != checksum or signed not in (
            sha256(body).hexdigest(),
            "UNSIGNED-PAYLOAD",
        ):
            raise _Refused("BadDigest")
        self._put += 1
        if not (self.versioned or self.locks):
            self.versions = [one for one in self.versions if one.key != key]
        made = Version(
            key=key,
            id=f"v+{self._put}/=" if self.versioned or self.locks else "null",
            data=body,
            checksum=checksum if self.checksums else "",
        )
        if self.default_lock is not None:
            made.mode, made.until = "COMPLIANCE", self.clock.now() + self.default_lock
        self.versions.append(made)
        return Response(headers={"ETag": made.etag, **_version_header(made)})

    def _get(self, request: Request, key: str, _body: bytes) -> Response:
        found = self._found(key, request.query_params.get("versionId", ""))
        if request.headers.get("if-match", found.etag) != found.etag:
            raise _Refused("PreconditionFailed")
        headers = {"ETag": found.etag, "Accept-Ranges": "bytes", **_version_header(found), **_lock_headers(found)}
        if found.checksum and request.headers.get("x-amz-checksum-mode") == "ENABLED":
            headers["x-amz-checksum-sha256"] = found.checksum
        if request.method == "HEAD":
            return Response(headers={**headers, "Content-Length": str(len(found.data))})
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if not wanted:
            return Response(found.data, headers=headers)
        start, end = int(wanted[1]), min(int(wanted[2]) + 1, len(found.data))
        if start >= end:
            raise _Refused("InvalidRange")
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(found.data)}"
        return Response(found.data[start:end], 206, headers=headers)

    def _delete(self, request: Request, key: str, _body: bytes) -> Response:
        version = request.query_params.get("versionId", "")
        found = [one for one in self.versions if one.key == key and one.id == (version or "null")]
        if any(one.is_locked(self.clock.now()) for one in found) and not self.lies:
            raise _Refused("AccessDenied")
        self.versions = [one for one in self.versions if one not in found]
        if not version and (self.versioned or self.locks):
            self._put += 1
            self.versions.append(Version(key=key, id=f"m{self._put}", is_marker=True))
        return Response(status_code=204)

    def _list(self, request: Request, _key: str, _body: bytes) -> Response:
        query = request.query_params
        newest = list(reversed(self.versions))
        rows = sorted((one for one in newest if one.key.startswith(query.get("prefix", ""))), key=lambda one: one.key)
        places = [(one.key, one.id) for one in rows]
        after = (query.get("key-marker", ""), query.get("version-id-marker", ""))
        start = places.index(after) + 1 if after in places else 0
        page, more = rows[start : start + self.page], len(rows) > start + self.page
        listed = "".join(_row(one) for one in page)
        next_one = (
            f"<NextKeyMarker>{quote(page[-1].key)}</NextKeyMarker>"
            f"<NextVersionIdMarker>{escape(page[-1].id)}</NextVersionIdMarker>"
            if more
            else ""
        )
        told = f"<IsTruncated>{str(more).lower()}</IsTruncated><EncodingType>url</EncodingType>"
        return _xml("ListVersionsResult", told + next_one + listed)

    def _versioning(self, _request: Request, _key: str, _body: bytes) -> Response:
        on = self.versioned or self.locks
        return _xml("VersioningConfiguration", "<Status>Enabled</Status>" if on else "")

    def _lock_configuration(self, _request: Request, _key: str, _body: bytes) -> Response:
        if not self.locks:
            raise _Refused("ObjectLockConfigurationNotFoundError")
        return _xml("ObjectLockConfiguration", "<ObjectLockEnabled>Enabled</ObjectLockEnabled>")

    def _retain(self, request: Request, key: str, body: bytes) -> Response:
        found = self._lockable(request, key)
        mode, until = _text(body, "Mode"), datetime.fromisoformat(_text(body, "RetainUntilDate"))
        if until <= self.clock.now():
            raise _Refused("InvalidArgument")
        if found.mode == "COMPLIANCE" and found.until is not None and until < found.until:
            raise _Refused("AccessDenied")
        found.mode, found.until = mode, until
        return Response()

    def _hold(self, request: Request, key: str, body: bytes) -> Response:
        self._lockable(request, key).held = _text(body, "Status") == "ON"
        return Response()

    def _lockable(self, request: Request, key: str) -> Version:
        if not self.locks:
            raise _Refused("InvalidRequest")
        return self._found(key, request.query_params.get("versionId", ""))

    def _found(self, key: str, version: str) -> Version:
        theirs = [one for one in self.versions if one.key == key and version in ("", one.id)]
        if not theirs:
            raise _Refused("NoSuchVersion" if version else "NoSuchKey")
        if theirs[-1].is_marker:
            raise _Refused("MethodNotAllowed" if version else "NoSuchKey")
        return theirs[-1]


def _version_header(version: Version) -> dict[str, str]:
    return {} if version.id == "null" else {"x-amz-version-id": version.id}


def _lock_headers(version: Version) -> dict[str, str]:
    found = {"x-amz-object-lock-legal-hold": "ON"} if version.held else {}
    if version.until is not None:
        until = version.until.isoformat(timespec="seconds").replace("+00:00", "Z")
        found |= {"x-amz-object-lock-mode": version.mode, "x-amz-object-lock-retain-until-date": until}
    return found


def _row(version: Version) -> str:
    kind = "DeleteMarker" if version.is_marker else "Version"
    size = "" if version.is_marker else f"<Size>{len(version.data)}</Size>"
    return f"<{kind}><Key>{quote(version.key)}</Key><VersionId>{escape(version.id)}</VersionId>{size}</{kind}>"


def _text(body: bytes, name: str) -> str:
    found = ET.fromstring(body).find(f"{{{_XMLNS}}}{name}")  # noqa: S314 - of our own tests
    return (found.text or "") if found is not None else ""


def _xml(name: str, content: str) -> Response:
    return Response(f'<{name} xmlns="{_XMLNS}">{content}</{name}>', media_type=_XML)


def _error(code: str) -> bytes:
    told = "x-amz-security-token:secret-session-token"
    return f"<Error><Code>{code}</Code><Message>{told}</Message><RequestId>{REQUEST_ID}</RequestId></Error>".encode()
