"""What an identity provider publishes: where its keys are, and the keys (OpenID Connect Discovery 1.0, section 4)."""

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from voiceagent.api.sign_in.addresses import problem_of
from voiceagent.api.sign_in.tokens import SigningKey, keys_of
from voiceagent.core.errors import ConfigError, UpstreamUnavailable

_PATIENCE_S: Final = 5.0
_LARGEST: Final = 1024 * 1024


def open_http(ca_file: Path | None = None) -> httpx.AsyncClient:
    """A client that trusts the usual certificate authorities, and that of `ca_file`. Raises ConfigError."""
    trusted = httpx.create_ssl_context()
    if ca_file is not None:
        try:
            trusted.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"no certificates can be read from ca_file {ca_file}: {error}") from error
    return httpx.AsyncClient(timeout=_PATIENCE_S, follow_redirects=False, verify=trusted)


async def published_keys(http: httpx.AsyncClient, issuer: str) -> Mapping[str, SigningKey]:
    """The keys that the issuer signs with now, by their kid. Raises UpstreamUnavailable with what to look at."""
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    document = await _json(http, address)
    if document.get("issuer") != issuer:
        # Section 4.3: otherwise one issuer could speak for another
        raise UpstreamUnavailable(f"{address} is of the issuer {document.get('issuer')!r}, not of {issuer!r}")
    where = document.get("jwks_uri")
    if not isinstance(where, str) or problem_of(where.partition("?")[0]):
        raise UpstreamUnavailable(f"{address} names no jwks_uri that begins with https://")
    keys = keys_of(await _json(http, where))
    if not keys:
        raise UpstreamUnavailable(f"{where} has no keys that can check signatures")
    return keys


async def _json(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    try:
        body = bytearray()
        async with http.stream("GET", url, headers={"Accept": "application/json"}) as answer:
            if answer.status_code != 200:
                raise UpstreamUnavailable(f"{url} answered {answer.status_code}")
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    raise UpstreamUnavailable(f"{url} answered with more than {_LARGEST} bytes")
        document = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UpstreamUnavailable(f"{url} gave no answer: {str(error) or type(error).__name__}") from error
    except (ValueError, RecursionError) as error:
        raise UpstreamUnavailable(f"{url} did not answer with JSON") from error
    if not isinstance(document, dict):
        raise UpstreamUnavailable(f"{url} did not answer with a JSON object")
    return document
