"""Keys that wrap keys. Whoever keeps them (a file, Vault, a KMS) sees data keys only to wrap and to unwrap them."""

import re
from dataclasses import dataclass
from typing import Final, Protocol

from voiceagent.core.errors import BadInput
from voiceagent.core.ids import TenantId

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A data key as it may be stored: unreadable without the wrapping key `kek_id`, which also tells who keeps that."""

    kek_id: str
    wrapped: bytes


class KeyProvider(Protocol):
    """Keeps the wrapping keys of tenants. `binding` names the data key; a wrapped key opens under its own name only.

    Everything raises ConfigError where the settings, credentials or rights are not those that the keeper wants.
    """

    async def wrap(self, tenant_id: TenantId, key: bytes, binding: bytes) -> WrappedKey:
        """Under the tenant's newest wrapping key, which is made when there is none. Raises Unavailable."""
        ...

    async def unwrap(self, tenant_id: TenantId, wrapped: WrappedKey, binding: bytes) -> bytes:
        """Raises NotFound when the wrapping key is gone, Damaged when it does not fit, and Unavailable."""
        ...

    async def rotate(self, tenant_id: TenantId) -> str:
        """Make a new wrapping key, which wraps from now on; its id. Older ones go on unwrapping. Raises Unavailable."""
        ...


def plain_name(name: str) -> str:
    """The id as it may stand in a path, an alias or a URL. Raises BadInput."""
    if not _PLAIN_NAME.fullmatch(name):
        raise BadInput("the id has characters that no id of ours has")
    return name
