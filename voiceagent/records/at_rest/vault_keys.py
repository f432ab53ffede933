"""Wrapping keys in the Transit engine of a HashiCorp Vault or OpenBao: one transit key a tenant, which never leaves it.

A rotation is a new version of the key. What is wrapped begins with its version, `vault:v3:`.
"""

import asyncio
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final

from voiceagent.core.errors import ConfigError, Damaged, NotFound, Unavailable
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.keys import WrappedKey, plain_name
from voiceagent.records.at_rest.vault_client import VaultClient

VAULT_PREFIX: Final = "vault:"
_KEK_ID: Final = re.compile(
    r"vault:(?P<mount>[\w-]+(?:/[\w-]+)*)/(?P<name>\w(?:[\w.-]*\w)?):v(?P<version>[1-9]\d*)", re.ASCII
)
_CIPHERTEXT: Final = re.compile(rb"vault:v(?P<version>[1-9]\d*):[A-Za-z0-9+/=]+")
# Those that take associated data, at 256 bits
_TYPES: Final = {"aes256-gcm96", "chacha20-poly1305", "xchacha20-poly1305"}
_STANDBY_S: Final = (0.1, 0.5, 2.0)  # until standbys have heard of a new version
_NEW_KEY: Final = {"type": "aes256-gcm96", "exportable": False, "allow_plaintext_backup": False}


class VaultKeys:
    """A `KeyProvider` on Transit. `mount`: where the engine is; `key_prefix` stands before the tenant in names of keys.

    `makes_keys`: without it, a tenant that has no key is NotFound, for whoever only looks.
    """

    def __init__(self, vault: VaultClient, *, mount: str, key_prefix: str, makes_keys: bool = True) -> None:
        self._vault = vault
        self._mount = mount
        self._key_prefix = key_prefix
        self._makes_keys = makes_keys
        self._newest: dict[str, int] = {}  # the highest version that has been seen of a key
        self._making = asyncio.Lock()

    async def wrap(self, tenant_id: TenantId, key: bytes, binding: bytes) -> WrappedKey:
        """Raises Unavailable, ConfigError."""
        name = self._name(tenant_id)
        await self._look(name)
        body = {"plaintext": _base64(key), "associated_data": _associated(tenant_id, binding)}
        try:
            done = await self._vault.ask("POST", f"{self._mount}/encrypt/{name}", body)
        except NotFound as error:  # deleted since it was looked at: the next attempt makes one
            self._newest.pop(name, None)
            raise Unavailable(f"the transit key {name} was deleted; try again: {error}") from error
        wrapped = str(done.get("ciphertext", "")).encode()
        if not (found := _CIPHERTEXT.fullmatch(wrapped)):
            raise Unavailable("Vault did not answer with a ciphertext: check `keys.vault.address`")
        version = int(found["version"])
        if version < self._newest[name]:
            raise Unavailable(f"a standby of Vault does not know the newest version of {name} yet; try again")
        self._newest[name] = version
        return WrappedKey(kek_id=self._kek_id(name, version), wrapped=wrapped)

    async def unwrap(self, tenant_id: TenantId, wrapped: WrappedKey, binding: bytes) -> bytes:
        """Raises NotFound, Damaged, ConfigError, Unavailable."""
        key, found = _KEK_ID.fullmatch(wrapped.kek_id), _CIPHERTEXT.fullmatch(wrapped.wrapped)
        if not key or not found or int(key["version"]) != int(found["version"]):
            raise Damaged(f"the data key was not wrapped by {wrapped.kek_id}")
        body = {"ciphertext": wrapped.wrapped.decode(), "associated_data": _associated(tenant_id, binding)}
        done = await self._vault.ask("POST", f"{key['mount']}/decrypt/{key['name']}", body)
        try:
            return b64decode(done["plaintext"], validate=True)
        except (KeyError, TypeError, ValueError):
            raise Unavailable("Vault did not answer with a plaintext: check `keys.vault.address`") from None

    async def rotate(self, tenant_id: TenantId) -> str:
        """Raises Unavailable, ConfigError."""
        name = self._name(tenant_id)
        if not await self._look(name, fresh=True):
            before, path = self._newest[name], f"{self._mount}/keys/{name}"
            await self._vault.ask("POST", f"{path}/rotate", {})
            for wait_s in _STANDBY_S:
                if self._note(name, await self._vault.ask("GET", path)) > before:
                    break
                await asyncio.sleep(wait_s)
            else:
                raise Unavailable(f"a standby of Vault does not know the new version of {name}; try again")
        return self._kek_id(name, self._newest[name])

    async def _look(self, name: str, *, fresh: bool = False) -> bool:
        """Make sure that the key is there and what it should be; whether it had to be made."""
        if name in self._newest and not fresh:
            return False
        async with self._making:
            path = f"{self._mount}/keys/{name}"
            try:
                self._note(name, await self._vault.ask("GET", path))
            except NotFound:
                if not self._makes_keys:
                    raise NotFound(f"{path} is not there yet; the first key that is wrapped makes it") from None
                # Where another process was first, this changes nothing
                await self._vault.ask("POST", path, _NEW_KEY)
                self._note(name, await self._vault.ask("GET", path))
                return True
        return False

    def _note(self, name: str, key: Mapping[str, Any]) -> int:
        """Its newest version. Raises ConfigError for a key that cannot be bound to names, or that can leave Vault."""
        if key.get("type") not in _TYPES or key.get("derived"):
            raise ConfigError(f"the transit key {name} is {key.get('type')}: it has to be aes256-gcm96 and not derived")
        if key.get("exportable"):
            raise ConfigError(f"the transit key {name} can be exported: name another key_prefix, and one is made anew")
        version = key.get("latest_version")
        if not isinstance(version, int):
            raise Unavailable(f"Vault does not tell the newest version of {name}: check `keys.vault.address`")
        self._newest[name] = max(version, self._newest.get(name, 0))
        return version

    def _name(self, tenant_id: TenantId) -> str:
        name = self._key_prefix + plain_name(tenant_id)
        if not _KEK_ID.fullmatch(f"vault:m/{name}:v1"):
            raise ConfigError(f"{name!r} is no name for a transit key: it has to begin and end with a letter or number")
        return name

    def _kek_id(self, name: str, version: int) -> str:
        return f"{VAULT_PREFIX}{self._mount}/{name}:v{version}"


def _associated(tenant_id: TenantId, binding: bytes) -> str:
    """With the tenant, so that another one's key opens nothing even where policies let it be asked."""
    return _base64(plain_name(tenant_id).encode() + b"|" + binding)


def _base64(plain: bytes) -> str:
    return b64encode(plain).decode()
