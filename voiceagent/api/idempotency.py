"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a POST that is sent again is carried out once.

A client that got no answer cannot know whether its request arrived. With the header it may simply ask again: for a day
the answer of the first is repeated. The answer may hold a secret that is shown once, so it is kept encrypted under the
caller's own API key, of which only a hash is stored anywhere.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voiceagent.api.problems import on_http_error, problem_response
from voiceagent.control.idempotency import ClaimState, IdempotencyClaims
from voiceagent.core.errors import BadInput, Conflict, StoreUnavailable, VoiceagentError
from voiceagent.core.problems import problem_for

log = structlog.get_logger(__name__)
HEADER: Final = "Idempotency-Key"
REPEATED: Final = "Idempotency-Replayed"
_PLAIN: Final = re.compile(r"[\x21-\x7e]{1,255}")
_NONCE_BYTES: Final = 12
_LARGEST_ANSWER: Final = 256 * 1024
# They say nothing about the request itself, and may be otherwise a moment later.
_PASSING: Final = frozenset({401, 403, 413, 429})


class _Answer(msgspec.Struct):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Idempotency:
    """Inside of what bounds bodies: it holds them in memory."""

    def __init__(self, app: ASGIApp, claims: IdempotencyClaims, check: Callable[[str, str], Awaitable[object]]) -> None:
        """`check` takes a key and an address and raises Unauthorised: a revoked key gets no answers of before."""
        self._app = app
        self._claims = claims
        self._check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        credentials = headers.get("authorization", "")
        if scope.get("method") != "POST" or HEADER not in headers or not credentials:
            await self._app(scope, receive, send)
            return
        try:
            if not _PLAIN.fullmatch(headers[HEADER]):
                raise BadInput(f"{HEADER} has to be 1 to 255 visible ASCII characters: a UUID is good")
            body, receive_again = await _read(receive)
            once = _Once(self._claims, scope, credentials, headers[HEADER], body)
            answer = await once.answer_of_the_first()
            if answer is not None:
                await self._check(credentials.partition(" ")[2].strip(), (scope.get("client") or ("",))[0])
            else:
                answer = await once.carry_out(lambda caught: self._app(scope, receive_again, caught))
        except VoiceagentError as error:
            await problem_response(Request(scope), problem_for(error))(scope, receive, send)
            return
        except HTTPException as error:  # the body is too large
            await (await on_http_error(Request(scope), error))(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})


class _Once:
    """One request under one key."""

    def __init__(self, claims: IdempotencyClaims, scope: Scope, credentials: str, key: str, body: bytes) -> None:
        self._claims = claims
        asked = f"{scope['method']} {scope['path']}".encode()
        secret = credentials.encode()
        self._name = hmac.new(secret, b"name|" + asked + b"|" + key.encode(), hashlib.sha256).hexdigest()
        self._cipher = AESGCM(hmac.digest(secret, b"answer|" + self._name.encode(), hashlib.sha256))
        self._fingerprint = hmac.new(secret, scope.get("query_string", b"") + b"|" + body, hashlib.sha256).hexdigest()

    async def answer_of_the_first(self) -> _Answer | None:
        """None: this is the first. Raises Conflict, StoreUnavailable."""
        claim = await self._claims.claim(self._name, self._fingerprint)
        match claim.state:
            case ClaimState.NEW:
                return None
            case ClaimState.RUNNING:
                raise Conflict(f"the first request with this {HEADER} is still being carried out: ask again shortly")
            case ClaimState.OTHER:
                raise Conflict(f"this {HEADER} was used for another request to the same address: use a new one")
            case ClaimState.ANSWERED:
                plain = self._cipher.decrypt(claim.answer[:_NONCE_BYTES], claim.answer[_NONCE_BYTES:], None)
                answer = msgspec.msgpack.decode(plain, type=_Answer)
                answer.headers.append((REPEATED.lower().encode(), b"true"))
                return answer

    async def carry_out(self, app: Callable[[Send], Awaitable[None]]) -> _Answer:
        """Run the request and keep what it was answered. Not kept: what failed on our side, or is nobody's answer."""
        caught = _Caught()
        try:
            await app(caught.send)
        except BaseException:
            await self._let_go()
            raise
        answer = caught.answer()
        if answer.status >= 500 or answer.status in _PASSING or len(answer.body) > _LARGEST_ANSWER:
            await self._let_go()
        else:
            await self._keep(answer)
        return answer

    async def _keep(self, answer: _Answer) -> None:
        nonce = os.urandom(_NONCE_BYTES)
        try:
            kept = nonce + self._cipher.encrypt(nonce, msgspec.msgpack.encode(answer), None)
            await self._claims.keep(self._name, kept)
        except StoreUnavailable as error:  # done is done: the answer goes out all the same
            log.warning("idempotent_answer_not_kept", problem=str(error))

    async def _let_go(self) -> None:
        try:
            await self._claims.release(self._name)
        except StoreUnavailable as error:
            log.warning("idempotency_claim_not_released", problem=str(error))


class _Caught:
    def __init__(self) -> None:
        self._start: Message = {}
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._body += message.get("body", b"")

    def answer(self) -> _Answer:
        headers = [(bytes(name), bytes(value)) for name, value in self._start.get("headers", [])]
        return _Answer(status=self._start["status"], headers=headers, body=bytes(self._body))


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body, and a `receive` that gives it once more."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise BadInput("the request ended before its body")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return bytes(body), again
