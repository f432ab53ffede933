"""Where a webhook may go: public addresses over TLS, and what the operator allows besides (OWASP: SSRF).

A name is resolved once, every address of it is judged, and the request goes to one of those that were judged: an answer
that changes between looking and connecting leads nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from voiceagent.core.errors import BadInput

_Address = IPv4Address | IPv6Address
_MOST_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A checked URL. `address` is connected to; `host` is who it has to prove to be."""

    url: httpx.URL
    host: str
    port: int


def destination_of(url: str) -> Destination:
    """Raises BadInput for what no webhook can go to, whatever the network."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise BadInput(f"the URL is malformed: {error}") from error
    if len(url) > _MOST_CHARS:
        raise BadInput(f"the URL has more than {_MOST_CHARS} characters")
    if parsed.scheme not in ("https", "http") or not parsed.host:
        raise BadInput("the URL has to begin with https:// and name a host")
    if parsed.userinfo:
        raise BadInput("leave the password out of the URL: deliveries are signed")
    if parsed.fragment:
        raise BadInput("leave the fragment (#) out of the URL: it would never arrive")
    return Destination(url=parsed, host=parsed.host, port=parsed.port or (443 if parsed.scheme == "https" else 80))


class AllowedNetworks:
    """Which addresses may be sent to. `besides`: private networks of the operator's, as "10.1.0.0/16"."""

    def __init__(self, besides: Sequence[str] = ()) -> None:
        self._besides: list[IPv4Network | IPv6Network] = [ip_network(network) for network in besides]

    def choose(self, destination: Destination, resolved: Sequence[str]) -> str:
        """The address to connect to. Raises BadInput when any that the name has is forbidden, or it has none."""
        addresses = [_embedded(ip_address(text.partition("%")[0])) for text in resolved]
        if not addresses:
            raise BadInput(f"{destination.host} has no address")
        for address in addresses:
            inside = any(address in network for network in self._besides)
            if not inside and not (address.is_global and not address.is_multicast):
                raise BadInput(
                    f"{destination.host} leads to {address}, which is no public address; "
                    "an operator allows private networks in `webhooks.allow_networks`"
                )
            if not inside and destination.url.scheme != "https":
                raise BadInput("a public address is sent to over https only")
        return str(addresses[0])


def _embedded(address: _Address) -> _Address:
    """The IPv4 address inside an IPv6 one, where a router or the kernel would take it out (RFC 4291, 6052, 3056)."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in ip_network("64:ff9b::/96"):
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
