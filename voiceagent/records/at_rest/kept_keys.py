"""New data keys are wrapped by the keeper that the settings choose; each is unwrapped by the one that wrapped it."""

from collections.abc import Mapping
from typing import Final

from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.aws_keys import AWS_PREFIX
from voiceagent.records.at_rest.keys import KeyProvider, WrappedKey
from voiceagent.records.at_rest.vault_keys import VAULT_PREFIX

# How ids of wrapping keys begin; those of files begin with none of these
_PREFIXES: Final = {"aws": AWS_PREFIX, "vault": VAULT_PREFIX}


class KeptKeys:
    """A `KeyProvider` of several. `keepers`: by their names in the settings, `chosen` and whoever else may be asked."""

    def __init__(self, chosen: str, keepers: Mapping[str, KeyProvider]) -> None:
        self._chosen = keepers[chosen]
        self._keepers = keepers

    async def wrap(self, tenant_id: TenantId, key: bytes, binding: bytes) -> WrappedKey:
        """Raises Unavailable, ConfigError."""
        return await self._chosen.wrap(tenant_id, key, binding)

    async def unwrap(self, tenant_id: TenantId, wrapped: WrappedKey, binding: bytes) -> bytes:
        """Raises NotFound, Damaged, Unavailable, and ConfigError for a keeper that the settings do not tell of."""
        return await self._keeper_of(wrapped.kek_id).unwrap(tenant_id, wrapped, binding)

    async def rotate(self, tenant_id: TenantId) -> str:
        """Raises Unavailable, ConfigError."""
        return await self._chosen.rotate(tenant_id)

    def _keeper_of(self, kek_id: str) -> KeyProvider:
        name = next((name for name, prefix in _PREFIXES.items() if kek_id.startswith(prefix)), "local")
        keeper = self._keepers.get(name)
        if keeper is None:
            raise ConfigError(
                f"a data key lies under {kek_id}: put `keys.{name}` back into the settings until `voiceagent data-keys "
                "move` has brought everything under the keys of the provider that is chosen now"
            )
        return keeper
