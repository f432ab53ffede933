"""Whether whoever keeps the wrapping keys does what recordings rely on: tried with a key that nothing lies under."""

import secrets

from voiceagent.core.errors import ConfigError, Damaged
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.encrypted_file import KEY_BYTES
from voiceagent.records.at_rest.keys import KeyProvider


async def probe(keys: KeyProvider, tenant_id: TenantId) -> str:
    """The id of the newest wrapping key, after a key went there and back, and would not open under another name.

    Raises what the provider raises, and ConfigError where it does not hold data keys to their names.
    """
    secret = secrets.token_bytes(KEY_BYTES)
    wrapped = await keys.wrap(tenant_id, secret, b"probe")
    if await keys.unwrap(tenant_id, wrapped, b"probe") != secret:
        raise ConfigError(f"what {wrapped.kek_id} wraps comes back as something else: do not use it")
    try:
        await keys.unwrap(tenant_id, wrapped, b"another probe")
    except Damaged:
        return wrapped.kek_id
    # Vault before 1.9 ignores what it does not know, associated data too
    raise ConfigError(f"what {wrapped.kek_id} wraps opens under any name: use Vault 1.9 or newer")
