"""Sends one delivery and writes down what came of it."""

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, timedelta
from typing import Any, Final

import httpx
import structlog

from voiceagent.background.webhooks.destination import AllowedNetworks, destination_of
from voiceagent.background.webhooks.signing import secret_of, signed_headers
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import TenantId
from voiceagent.records.webhooks.books import Answer, DueDelivery, WebhookBooks

_log = structlog.get_logger(__name__)
_TIMEOUT_S: Final = 15.0
_PROBLEM_CHARS: Final = 300

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class WebhookDelivery:
    """`root` derives the secrets of endpoints."""

    def __init__(
        self,
        books: WebhookBooks,
        root: bytes,
        networks: AllowedNetworks,
        clock: Clock,
        *,
        find: Resolve = resolve,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._books = books
        self._root = root
        self._networks = networks
        self._clock = clock
        self._find = find
        # No proxy of the environment: it would connect to addresses that nobody judged
        self._http = httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False, verify=verify)

    async def run(self, tenant_id: TenantId, delivery_id: str) -> None:
        """One attempt. A kill between sending and writing it down sends it twice, under one webhook-id.

        Raises StoreUnavailable.
        """
        due = await self._books.due(tenant_id, delivery_id, self._clock.now())
        if due is None:
            return
        answer = await self._send(due)
        if not answer.taken:
            _log.info("webhook_not_taken", delivery_id=due.id, status=answer.status, problem=answer.problem)
        await self._books.settle(due, answer, self._clock.now())

    async def close(self) -> None:
        await self._http.aclose()

    async def _send(self, due: DueDelivery) -> Answer:
        now, body = self._clock.now(), body_of(due)
        secrets = [secret_of(self._root, due.endpoint_id, version) for version in due.secret_versions]
        headers = {**signed_headers(due.id, now, body, secrets), "content-type": "application/json"}
        try:
            async with asyncio.timeout(_TIMEOUT_S):  # httpx limits each read, not all of them
                return await self._post(due.url, body, headers)
        except (BadInput, httpx.HTTPError, OSError) as error:
            return Answer(status=0, problem=(str(error) or type(error).__name__)[:_PROBLEM_CHARS])
        except TimeoutError:
            return Answer(status=0, problem=f"no answer within {_TIMEOUT_S:g} s")

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        to = destination_of(url)
        address = self._networks.choose(to, await self._find(to.host, to.port))
        request = self._http.build_request(
            "POST",
            to.url.copy_with(host=address),
            content=body,
            headers={**headers, "host": to.url.netloc.decode()},
            extensions={"sni_hostname": to.host},  # the certificate has to be of the name, not of the address
        )
        response = await self._http.send(request, stream=True)  # what they say is not read
        try:
            wait = _asked_wait(response.headers.get("retry-after", ""))
            problem = "" if response.is_success else f"answered {response.status_code}"
            return Answer(status=response.status_code, problem=problem, asked_wait=wait)
        finally:
            await response.aclose()


def body_of(due: DueDelivery) -> bytes:
    """What is sent: ids, no content. Whoever may know more asks the API, with a key of their own."""
    data: dict[str, Any] = {"call_id": due.call_id, "seq": due.seq}
    if due.export_id:
        data = {"export_id": due.export_id}
    elif due.campaign_id:
        data = {"campaign_id": due.campaign_id}
    timestamp = due.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": due.event_type, "timestamp": timestamp, "data": data}, separators=(",", ":")).encode()


def _asked_wait(retry_after: str) -> timedelta:
    """Seconds only (RFC 9110 10.2.3); a date is answered with our own waits."""
    return timedelta(seconds=int(retry_after)) if retry_after.isdigit() and len(retry_after) < 7 else timedelta(0)
