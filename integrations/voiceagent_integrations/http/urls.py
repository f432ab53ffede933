"""Addresses: made of quoted segments, never left for another host."""

from typing import Final
from urllib.parse import quote, urlsplit

from voiceagent.core.errors import ConfigError, NotFound, UpstreamUnavailable

_AT_HOME: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def path(*segments: str) -> str:
    """`/a/b%2Fc` of `a`, `b/c`. Raises NotFound for a segment that would lead elsewhere: no object is called so."""
    if any(segment in {"", ".", ".."} for segment in segments):
        raise NotFound("no object has such an id")
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def base_url(text: str, *, setting: str) -> str:
    """The address without a trailing slash. Raises ConfigError unless it is https, or on this machine."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigError(f"{setting} is not an address") from None
    if not host or parts.query or parts.fragment or parts.username or parts.password:
        raise ConfigError(f"{setting} must be like https://host.example and hold nothing else")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _AT_HOME):
        raise ConfigError(f"{setting} must begin with https://, or credentials would be sent in the open")
    return text.rstrip("/")


def follow(link: str, *, base: str) -> str:
    """`link`, which an answer named, as a path with query under the origin of `base`.

    Raises UpstreamUnavailable when it leads to another host, which would be sent our token.
    """
    try:
        there, here = urlsplit(link), urlsplit(base)
    except ValueError:
        raise UpstreamUnavailable("the CRM's next page has no proper address") from None
    if (there.scheme or there.netloc) and (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise UpstreamUnavailable("the CRM's next page is on another host, which must not see the credentials")
    if not there.path.startswith("/"):
        raise UpstreamUnavailable("the CRM's next page has no proper address")
    return there.path + (f"?{there.query}" if there.query else "")
