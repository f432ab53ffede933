"""The gateway's side of the background process: implements `session.ports.BackgroundAgent` over HTTP."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

from voiceagent.background.wire import decode_update, encode_captured, encode_package
from voiceagent.conversation.delegation import DelegationPackage, DelegationUpdate, WorkDone
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.errors import BadInput, UpstreamUnavailable
from voiceagent.core.ids import DelegationId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """`read_timeout_s` is the longest silence between two updates, so it must exceed the slowest tool's timeout."""

    url: str  # http://127.0.0.1:8200
    token: str
    connect_timeout_s: float = 1.0
    read_timeout_s: float = 15.0
    max_connections: int = 64


class HttpBackgroundAgent:
    """One connection pool for all calls of a process. Use as `async with`, or `close` it."""

    def __init__(self, options: ClientOptions, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=options.url,
            headers={"Authorization": f"Bearer {options.token}", "Content-Type": "application/json"},
            timeout=httpx.Timeout(options.read_timeout_s, connect=options.connect_timeout_s, pool=1.0),
            limits=httpx.Limits(max_connections=options.max_connections),
            trust_env=False,  # a proxy from the environment must never see callers' data
            transport=transport,
        )

    async def run(self, package: DelegationPackage) -> AsyncIterator[DelegationUpdate]:
        """Stream updates until WorkDone; closing the iterator stops the work over there.

        Raises UpstreamUnavailable when the process cannot be reached, refuses, or breaks off before WorkDone.
        """
        try:
            async with self._http.stream("POST", "/v1/delegations", content=encode_package(package)) as response:
                if response.status_code != httpx.codes.OK:
                    raise UpstreamUnavailable(f"the background agent answered {response.status_code}")
                async for line in response.aiter_lines():
                    update = decode_update(line)
                    yield update
                    if isinstance(update, WorkDone):
                        return
        except (httpx.TransportError, BadInput) as error:
            raise UpstreamUnavailable(f"the background agent does not answer: {type(error).__name__}") from error
        raise UpstreamUnavailable("the background agent broke off before the work was done")

    async def hand_over(self, delegation_id: DelegationId, captured: Mapping[str, Secret]) -> None:
        """What was captured goes by a request of its own. Raises UpstreamUnavailable when it could not be told."""
        try:
            response = await self._http.put(
                f"/v1/delegations/{delegation_id}/captured", content=encode_captured(captured)
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, no log may show its frames: they hold the value
            raise UpstreamUnavailable(f"the background agent does not answer: {type(error).__name__}") from None
        if not response.is_success:
            raise UpstreamUnavailable(f"the background agent answered {response.status_code}")

    async def stop(self, delegation_id: DelegationId) -> None:
        """Its reads are wanted no more. Raises UpstreamUnavailable when the process could not be told."""
        try:
            response = await self._http.delete(f"/v1/delegations/{delegation_id}")
        except httpx.HTTPError as error:
            raise UpstreamUnavailable(f"the background agent does not answer: {type(error).__name__}") from error
        if not response.is_success:
            raise UpstreamUnavailable(f"the background agent answered {response.status_code}")

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
