"""One attempt at one request, with httpx: whatever happens becomes an `Outcome`. The only door to httpx."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Final

import httpx
import msgspec

from voiceagent.core.errors import BadInput
from voiceagent_integrations.http.limits import HttpSettings
from voiceagent_integrations.http.message import Answer, Ask, Garbled, Lost, Outcome

ErrorCode = Callable[[Any], str]  # from the vendor's error body; what is not a plain name is not shown
_CODE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ")


class Wire:
    """`headers` go with every request. Made by `open_wire`."""

    def __init__(self, client: httpx.AsyncClient, base_url: str, limits: HttpSettings, error_code: ErrorCode) -> None:
        self.base_url = base_url
        self._client = client
        self._limits = limits
        self._error_code = error_code

    async def attempt(self, ask: Ask, authorization: str, *, within_s: float) -> Outcome:
        """Send it and read the whole answer, in `within_s`. Raises BadInput for text that cannot be sent."""
        steps = _Steps()
        request = self._request(ask, authorization, steps)
        try:
            async with asyncio.timeout(within_s):
                return await self._exchange(request)
        except (TimeoutError, httpx.TransportError) as error:
            if not steps.begun:
                return Lost(why="all of max_connections are busy", sent=False, crowded=True)
            if not steps.sent:
                return Lost(why=f"it cannot be reached ({type(error).__name__})", sent=False)
            return Lost(why=f"no answer within {within_s:.1f} s ({type(error).__name__})", sent=True)

    async def _exchange(self, request: httpx.Request) -> Outcome:
        response = await self._client.send(request, stream=True)
        try:
            body = await self._body(response)
        finally:
            await response.aclose()
        return self._outcome(response, body)

    def _request(self, ask: Ask, authorization: str, steps: "_Steps") -> httpx.Request:
        headers = dict(ask.headers)
        if ask.authorised and authorization:
            headers["Authorization"] = authorization
        if ask.json is not None:
            headers.setdefault("Content-Type", "application/json")
        try:
            return self._client.build_request(
                ask.method,
                ask.path if "://" in ask.path else self.base_url + ask.path,
                params=dict(ask.params) or None,  # an empty mapping would cut the path's own query off
                content=None if ask.json is None else json.dumps(ask.json).encode(),
                data=None if ask.form is None else dict(ask.form),
                headers=headers,
                extensions={"trace": steps.follow},
            )
        except UnicodeEncodeError:
            raise BadInput("the text holds half a character (a lone surrogate)") from None

    async def _body(self, response: httpx.Response) -> bytes | None:
        """None when it is larger than allowed, or packed although we did not ask for it: a small one may unpack big."""
        if response.headers.get("content-encoding", "identity") != "identity":
            return None
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._limits.max_body_bytes:
                return None
        return bytes(body)

    def _outcome(self, response: httpx.Response, body: bytes | None) -> Outcome:
        good = response.is_success
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = kind == "application/json" or kind.endswith("+json")
        if good and body is None:
            return Garbled(why=f"its answer is packed or larger than max_body_bytes={self._limits.max_body_bytes}")
        if good and body and not is_json:
            return Garbled(why="its answer is not JSON: maintenance, or a wrong address in the settings")
        data: Any = None
        if body and is_json:
            try:
                data = msgspec.json.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                if good:
                    return Garbled(why="its answer is broken JSON")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, headers=headers, data=data, code="" if good else self._code(data))

    def _code(self, data: Any) -> str:
        code = self._error_code(data)
        return code if len(code) <= 64 and set(code) <= _CODE else ""


class _Steps:
    """How far a request has come: it may be repeated as long as nothing of it was sent.

    https://www.encode.io/httpcore/extensions/#trace
    """

    def __init__(self) -> None:
        self.begun = False  # it has left the queue for a connection
        self.sent = False

    async def follow(self, event: str, _info: Mapping[str, Any]) -> None:
        self.begun = True
        self.sent = self.sent or event.endswith("send_request_headers.started")


@cache
def _tls() -> ssl.SSLContext:
    """Reading the authorities' certificates takes longer than a request, and they are the same for every vendor."""
    return ssl.create_default_context()


@asynccontextmanager
async def open_wire(
    base_url: str, limits: HttpSettings, error_code: ErrorCode, headers: Mapping[str, str]
) -> AsyncIterator[Wire]:
    """A connection pool of this connector's own."""
    own = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "voiceagent"}
    async with httpx.AsyncClient(
        verify=_tls(),
        headers=own | dict(headers),
        timeout=httpx.Timeout(limits.attempt_s, connect=limits.connect_s),
        limits=httpx.Limits(max_connections=limits.max_connections),
        trust_env=False,  # a proxy from the environment would see customers' data
        follow_redirects=False,  # a redirect would be sent our token
    ) as client:
        yield Wire(client, base_url, limits, error_code)
