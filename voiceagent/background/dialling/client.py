"""The gateway's side of permits and opt-outs."""

from typing import Final

import httpx
import msgspec

from voiceagent.background.client import ClientOptions
from voiceagent.background.dialling.wire import CLAIMS, OPT_OUTS, ClaimAsked, OptOutAsked
from voiceagent.core.errors import Conflict, Forbidden, UpstreamUnavailable
from voiceagent.core.ids import CallId, TenantId
from voiceagent.telephony.events import OptedOut

_TRIES: Final = 3  # an opt-out that is entered twice is one
_NO: Final = frozenset({400, 403, 404, 409})


class DialClient:
    """One connection pool for all calls of a process; `close` it."""

    def __init__(self, options: ClientOptions, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=options.url,
            headers={"Authorization": f"Bearer {options.token}", "Content-Type": "application/json"},
            timeout=httpx.Timeout(options.connect_timeout_s * 3, connect=options.connect_timeout_s),
            trust_env=False,  # a proxy from the environment must never see callers' data
            transport=transport,
        )

    async def claim(self, tenant_id: TenantId, call_id: CallId) -> None:
        """Asked once: a claim whose answer was lost is lost with it, and nobody is called.

        Raises Forbidden when the gate says no, Conflict when the call is not to be dialled, UpstreamUnavailable.
        """
        answer = await self._post(CLAIMS, msgspec.json.encode(ClaimAsked(tenant_id=tenant_id, call_id=call_id)))
        if answer.status_code == 403:
            raise Forbidden(_told(answer))
        if answer.status_code in _NO:
            raise Conflict(_told(answer))
        _check(answer)

    async def enter(self, tenant_id: TenantId, call_id: CallId, opted_out: OptedOut) -> None:
        """Tried again when the answer does not come. Raises UpstreamUnavailable."""
        body = msgspec.json.encode(OptOutAsked(tenant_id=tenant_id, call_id=call_id, opted_out=opted_out))
        for left in reversed(range(_TRIES)):
            try:
                _check(await self._post(OPT_OUTS, body))
            except UpstreamUnavailable:
                if not left:
                    raise
            else:
                return

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: bytes) -> httpx.Response:
        try:
            return await self._http.post(path, content=body)
        except httpx.HTTPError as error:
            raise UpstreamUnavailable(f"the background process does not answer: {type(error).__name__}") from error


class OptOutsOfCall:
    """The do-not-call list as one call sees it: implements `session.ports.OptOuts`."""

    def __init__(self, client: DialClient, tenant_id: TenantId, call_id: CallId) -> None:
        self._client = client
        self._tenant_id = tenant_id
        self._call_id = call_id

    async def enter(self, opted_out: OptedOut) -> None:
        """See `DialClient.enter`."""
        await self._client.enter(self._tenant_id, self._call_id, opted_out)


def _told(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the background process answered {answer.status_code}"


def _check(answer: httpx.Response) -> None:
    if not answer.is_success:
        raise UpstreamUnavailable(f"the background process answered {answer.status_code}")
