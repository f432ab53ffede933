"""What an API key may be: known scopes, and an end. Pure."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from voiceagent.core.errors import BadInput

KEYS_READ: Final = "keys:read"
KEYS_WRITE: Final = "keys:write"
USERS_READ: Final = "users:read"
USERS_WRITE: Final = "users:write"
TOOLS_READ: Final = "tools:read"  # what tools were given and answered, in events of calls
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


def life_of(days: int) -> timedelta:
    """Raises BadInput for less than a day or more than the longest life."""
    if not 1 <= days <= LONGEST_LIFE.days:
        raise BadInput(f"a key lives for 1 to {LONGEST_LIFE.days} days; make the next one before it ends")
    return timedelta(days=days)
