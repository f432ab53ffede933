"""Answers with bytes that are read piece by piece, whole or the one range that is asked for (RFC 9110 section 14)."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Final, Protocol

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from voiceagent.api.problems import problem_response
from voiceagent.core.problems import Problem

_PIECE_BYTES: Final = 65_536
_ONE_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Bytes(Protocol):
    """Something of `size` bytes; reading blocks."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, length: int) -> bytes: ...

    def close(self) -> None: ...


def serve_bytes(
    request: Request, content: Bytes, *, etag: str, media_type: str, headers: Mapping[str, str]
) -> Response:
    """The response to `request`; closes `content` when it has been sent, or when nobody wants it any more.

    Several ranges at once are answered with the whole, as RFC 9110 14.2 allows. `etag` is without its quotes.
    """
    found = {**headers, "Accept-Ranges": "bytes", "ETag": f'"{etag}"'}
    asked = request.headers.get("range", "")
    if request.headers.get("if-range", f'"{etag}"') != f'"{etag}"':
        asked = ""  # they hold a part of something else
    match = _ONE_RANGE.fullmatch(asked)
    if match is None or match.groups() == ("", ""):
        return _Pieces(content, 0, content.size, 200, media_type, found)
    start, end = _within(content.size, *match.groups())
    if start >= end:
        content.close()
        detail = f"the file has {content.size} bytes; ask for a range within them"
        problem = Problem(status=416, code="range_not_satisfiable", title="Range Not Satisfiable", detail=detail)
        response = problem_response(request, problem)
        response.headers["Content-Range"] = f"bytes */{content.size}"
        return response
    found["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
    return _Pieces(content, start, end, 206, media_type, found)


def _within(size: int, first: str, last: str) -> tuple[int, int]:
    """Where the range begins and ends (exclusive); empty when it lies outside."""
    if not first:  # the last so many
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)


class _Pieces(StreamingResponse):
    def __init__(
        self, content: Bytes, start: int, end: int, status: int, media_type: str, headers: Mapping[str, str]
    ) -> None:
        self._source = content
        length = {"Content-Length": str(end - start)}
        super().__init__(self._read(start, end), status, {**headers, **length}, media_type)

    async def _read(self, start: int, end: int) -> AsyncIterator[bytes]:
        for at in range(start, end, _PIECE_BYTES):
            yield await asyncio.to_thread(self._source.read, at, min(_PIECE_BYTES, end - at))

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - ASGI's own
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._source.close()
