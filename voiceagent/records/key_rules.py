"""What an API key may be: known scopes, networks that it is used from, and an end. Pure."""

import ipaddress
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from voiceagent.core.errors import BadInput

KEYS_READ: Final = "keys:read"
KEYS_WRITE: Final = "keys:write"
USERS_READ: Final = "users:read"
USERS_WRITE: Final = "users:write"
TOOLS_READ: Final = "tools:read"  # what tools were given and answered, in events of calls
CONSENTS_READ: Final = "consents:read"  # the evidence of consent within calls
EXPORTS_CREATE: Final = "exports:create"
EXPORTS_AUDIT: Final = "exports:audit"
EXPORTS_RAW: Final = "exports:raw"
ALL_SCOPES: Final = frozenset(
    {
        "audit:read",
        *("calls:read", "calls:write", "recordings:read", "transfers:read", TOOLS_READ),
        *("jobs:read", "jobs:write"),
        *("config:read", "config:write"),
        *("webhooks:read", "webhooks:write"),
        *("outbound:read", "outbound:write", "suppressions:add", "suppressions:lift", "consents:revoke"),
        *("campaigns:read", "campaigns:write"),
        CONSENTS_READ,
        *("retention:read", "retention:write"),
        *("holds:read", "holds:write"),
        *("erasures:read", "erasures:create", "erasures:write"),
        *("exports:read", EXPORTS_CREATE, EXPORTS_AUDIT, EXPORTS_RAW),
        *(KEYS_READ, KEYS_WRITE),
        *(USERS_READ, USERS_WRITE),
    }
)
LONGEST_LIFE: Final = timedelta(days=365)
USE_IS_NOTED_EVERY: Final = timedelta(minutes=5)  # so that a busy key does not cost a write per request


def check_scopes(scopes: Collection[str]) -> frozenset[str]:
    """Raises BadInput that names what is unknown, and what there is."""
    if unknown := set(scopes) - ALL_SCOPES:
        raise BadInput(f"no such scope: {', '.join(sorted(unknown))}; there are {', '.join(sorted(ALL_SCOPES))}")
    if not scopes:
        raise BadInput(f"a key without scopes opens nothing; there are {', '.join(sorted(ALL_SCOPES))}")
    return frozenset(scopes)


def check_networks(networks: Sequence[str], within: Sequence[str] = ()) -> Sequence[str]:
    """In canonical form; those of `within` when none are given. Raises BadInput for what is none or lies outside."""
    try:
        wanted = [ipaddress.ip_network(one) for one in networks or within]
        outer = [ipaddress.ip_network(one) for one in within]
    except ValueError as error:
        raise BadInput(f"{error}; write a network like 192.0.2.0/24") from error
    for one in wanted:
        if outer and not any(_lies_in(one, network) for network in outer):
            raise BadInput(f"{one} lies outside of the networks that your own key is for: {', '.join(within)}")
    return [str(one) for one in wanted]


def is_used_within(address: str, networks: Sequence[str]) -> bool:
    """Whether a key for these networks may be used from the address; without networks from any."""
    if not networks:
        return True
    try:
        host = ipaddress.ip_address(address)
    except ValueError:
        return False
    seen = getattr(host, "ipv4_mapped", None) or host  # RFC 4291, 2.5.5.2
    return any(seen in ipaddress.ip_network(one) for one in networks)


def _lies_in(
    one: ipaddress.IPv4Network | ipaddress.IPv6Network, other: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    if isinstance(one, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and one.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and one.subnet_of(other)


def life_of(days: int) -> timedelta:
    """Raises BadInput for less than a day or more than the longest life."""
    if not 1 <= days <= LONGEST_LIFE.days:
        raise BadInput(f"a key lives for 1 to {LONGEST_LIFE.days} days; make the next one before it ends")
    return timedelta(days=days)
