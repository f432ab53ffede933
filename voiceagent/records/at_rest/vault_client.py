"""Asks a HashiCorp Vault, or OpenBao, over its HTTP API; what it answers with as errors of ours."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from voiceagent.core.errors import ConfigError, Unavailable, VoiceagentError
from voiceagent.records.at_rest.vault_errors import error_of, may_pass

_CONNECT_S: Final = 2.0
_READ_S: Final = 5.0
_WAITS_S: Final = (0.1, 0.3, 0.8)  # between attempts, where nothing was refused for good
_LARGEST: Final = 64 * 1024


class VaultClient:
    """`token` is asked for each request: whoever renews it, such as Vault Agent, may do so at any time."""

    def __init__(
        self, address: str, token: Callable[[], str], *, namespace: str = "", ca_file: Path | None = None
    ) -> None:
        """Raises ConfigError for a `ca_file` that cannot be read."""
        trusted = httpx.create_ssl_context(trust_env=False)
        if ca_file is not None:
            try:
                trusted.load_verify_locations(ca_file)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(f"no certificates can be read from keys.vault.ca_file {ca_file}: {error}") from error
        self._address = address.rstrip("/")
        self._token = token
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S),
            follow_redirects=False,  # the token would go along
            trust_env=False,  # no proxy and no .netrc of whoever set the environment
            verify=trusted,
            headers={"X-Vault-Request": "true", **({"X-Vault-Namespace": namespace} if namespace else {})},
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The `data` of the answer, empty where there is none. `path` without `/v1/`.

        Raises NotFound, Damaged, ConfigError, Unavailable. Asked again where the answer may be another one then:
        nothing that is asked here does harm when it is done twice.
        """
        problem: VoiceagentError = Unavailable()
        for wait_s in (0.0, *_WAITS_S):
            await asyncio.sleep(wait_s)
            try:
                answer = await self._send(method, path, body)
            except httpx.HTTPError as error:
                kind = type(error).__name__
                problem = Unavailable(f"Vault at {self._address} gave no answer to {path}: {kind}")
                continue
            if answer.is_success:
                return _data(answer, path)
            problem = error_of(answer.status_code, _told(answer), path)
            if not may_pass(answer.status_code):
                break
        raise problem

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        used = self._token()
        answer = await self._request(method, path, body, used)
        if answer.status_code == 403 and (renewed := self._token()) != used:
            answer = await self._request(method, path, body, renewed)
        return answer

    async def _request(self, method: str, path: str, body: Mapping[str, Any] | None, token: str) -> httpx.Response:
        headers = {"X-Vault-Token": token}
        return await self._http.request(method, f"{self._address}/v1/{path}", json=body, headers=headers)


def _data(answer: httpx.Response, path: str) -> Mapping[str, Any]:
    if answer.status_code == 204 or not answer.content:
        return {}
    try:
        body = answer.json() if len(answer.content) <= _LARGEST else None
    except ValueError:
        body = None
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise Unavailable(f"what answered {path} is no Vault: check `keys.vault.address`")
    return data


def _told(answer: httpx.Response) -> str:
    """What Vault names as the errors, on one line and not too long; it does not quote what it was sent."""
    try:
        told = "; ".join(str(one) for one in answer.json()["errors"])
    except (ValueError, KeyError, TypeError):
        return ""
    return " ".join(told.split())[:200]
