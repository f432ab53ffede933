"""The demo as a client of the platform's HTTP API, like any other."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self

import httpx

from voiceagent.core.errors import BadInput, Unavailable
from voiceagent.telephony.event_codec import event_from_data
from voiceagent.telephony.events import CallEnded, CallEvent

_POLL_S: Final = 0.1
_TIMEOUT: Final = httpx.Timeout(10.0, read=30.0)


class ApiClient:
    """`async with ApiClient(url, key) as api`. Raises Unavailable when the API does not answer as it should."""

    def __init__(self, url: str, key: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=_TIMEOUT, transport=transport
        )

    async def find_call(self, sip_call_id: str, timeout_s: float) -> str:
        """The id of the call with that SIP Call-ID, once the records have it."""
        async with _limit(timeout_s, "the call did not appear in GET /v1/calls"):
            while True:
                page = await self._get("/v1/calls", limit=20)
                for call in page["items"]:
                    if call["sip"]["call_id"] == sip_call_id:
                        return str(call["id"])
                await asyncio.sleep(_POLL_S)

    async def events(self, call_id: str) -> AsyncIterator[CallEvent]:
        """The call's events as they happen, until it has ended. Types of newer versions are passed over."""
        headers = {"Accept": "text/event-stream"}
        try:
            async with self._http.stream("GET", f"/v1/calls/{call_id}/events", headers=headers) as response:
                response.raise_for_status()
                async for line in response.aiter_lines():
                    event = _event_of(line)
                    if event is not None:
                        yield event
                    if isinstance(event, CallEnded):
                        return
        except httpx.HTTPError as error:
            raise Unavailable(f"the live events of {call_id} broke off: {error!r}") from error

    async def ended_call(self, call_id: str, timeout_s: float) -> dict[str, Any]:
        """The call once its end is in the records."""
        async with _limit(timeout_s, f"the records of {call_id} do not show its end"):
            while True:
                call = await self._get(f"/v1/calls/{call_id}")
                if call["ended_at"] is not None:
                    return call
                await asyncio.sleep(_POLL_S)

    async def transcript(self, call_id: str) -> list[dict[str, Any]]:
        """The segments, in order."""
        segments: list[dict[str, Any]] = (await self._get(f"/v1/calls/{call_id}/transcript"))["segments"]
        return segments

    async def recording(self, call_id: str) -> bytes | None:
        """The sealed recording as WAV; None when there is none."""
        response = await self._send(f"/v1/calls/{call_id}/recording")
        return response.content if response.status_code == 200 else None

    async def _get(self, path: str, **query: Any) -> dict[str, Any]:
        response = await self._send(path, **query)
        if response.status_code != 200:
            raise Unavailable(f"GET {path} answered {response.status_code}: {response.text[:200]}")
        data: dict[str, Any] = response.json()
        return data

    async def _send(self, path: str, **query: Any) -> httpx.Response:
        try:
            return await self._http.get(path, params=query)
        except httpx.HTTPError as error:
            raise Unavailable(f"GET {path}: {error!r}") from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()


def _event_of(line: str) -> CallEvent | None:
    """The event in a line of a server-sent stream, if there is one that this version knows."""
    if not line.startswith("data:"):
        return None
    entry = json.loads(line.removeprefix("data:"))
    try:
        return event_from_data(entry["type"], entry["data"])
    except BadInput:
        return None


@asynccontextmanager
async def _limit(timeout_s: float, what: str) -> AsyncIterator[None]:
    """Unavailable that says `what` when the time is over."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError:
        raise Unavailable(f"{what} within {timeout_s:g} s") from None
