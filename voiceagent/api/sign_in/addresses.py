"""Which addresses an identity provider may have. Pure."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

_NOT_LIKE: Final = "is not like https://login.example.com/realms/acme, without a query, a fragment or a password"


def problem_of(url: str) -> str:
    """What is wrong with the URL of an issuer or of its keys; "" for nothing.

    HTTPS, or HTTP to this machine itself: whoever changes the keys on their way signs in as anybody.
    """
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return _NOT_LIKE
    if not whole or parts.query or parts.fragment or "@" in parts.netloc or any(map(str.isspace, url)):
        return _NOT_LIKE
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname or "")):
        return "has to begin with https://"
    return ""


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
