"""Whoever keeps the wrapping keys of this installation, made from the settings; and doctor's look at them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from voiceagent.apps.finding import Finding
from voiceagent.config.key_settings import vault_token
from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import NotFound, VoiceagentError
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.aws_client import BotoKms
from voiceagent.records.at_rest.aws_keys import AwsKeys
from voiceagent.records.at_rest.kept_keys import KeptKeys
from voiceagent.records.at_rest.key_probe import probe
from voiceagent.records.at_rest.keys import KeyProvider
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.vault_client import VaultClient
from voiceagent.records.at_rest.vault_keys import VaultKeys

_WHAT: Final = "wrapping keys"


@asynccontextmanager
async def opened_keys(settings: Settings, *, makes_keys: bool = True) -> AsyncIterator[KeyProvider]:
    """Nobody is asked before a key is wrapped. Raises ConfigError, also for an extra that is not installed.

    `makes_keys`: whether a first key is made for a tenant in AWS and Vault.
    """
    keepers: dict[str, KeyProvider] = {"local": LocalKeys(settings.state_dir / "keys")}
    async with AsyncExitStack() as stack:
        if aws := settings.keys.aws:
            kms = BotoKms(aws.region, aws.endpoint)
            keys = AwsKeys(
                kms, region=aws.region, alias_prefix=aws.alias_prefix, clock=SystemClock(), makes_keys=makes_keys
            )
            stack.callback(keys.close)
            keepers["aws"] = keys
        if vault := settings.keys.vault:
            token = vault_token(vault)
            client = VaultClient(vault.address, token, namespace=vault.namespace, ca_file=vault.ca_file)
            stack.push_async_callback(client.close)
            keepers["vault"] = VaultKeys(client, mount=vault.mount, key_prefix=vault.key_prefix, makes_keys=makes_keys)
        yield KeptKeys(settings.keys.provider, keepers)


def where_keys_are(settings: Settings) -> str:
    """For people."""
    match settings.keys.provider:
        case "aws":
            return f"AWS KMS in {settings.keys.aws.region}" if settings.keys.aws else ""
        case "vault":
            return f"Vault at {settings.keys.vault.address}" if settings.keys.vault else ""
        case _:
            return str(settings.state_dir / "keys")


def check_keys(settings: Settings) -> list[Finding]:
    """Whether a key goes to its keeper and comes back, and under its own name only. Makes none."""
    where = where_keys_are(settings)
    if settings.keys.provider == "local" and not any((settings.state_dir / "keys" / settings.tenant).glob("*.key")):
        return [Finding(what=_WHAT, ok=True, found=f"made in {where} when the first is needed")]
    try:
        kek_id = asyncio.run(_probed(settings))
    except NotFound:
        return [Finding(what=_WHAT, ok=True, found=f"{where} answers; the first key is made when it is needed")]
    except VoiceagentError as error:
        remedy = f"compare `keys` with docs/how-to/keep-keys-in-a-kms.md: {error}"
        return [Finding(what=_WHAT, ok=False, found=where, remedy=remedy)]
    return [Finding(what=_WHAT, ok=True, found=f"{where}: {kek_id}")]


async def _probed(settings: Settings) -> str:
    async with opened_keys(settings, makes_keys=False) as keys:
        return await probe(keys, TenantId(settings.tenant))
