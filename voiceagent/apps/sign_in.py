"""How people are known, made from the settings; and doctor's question whether their identity providers answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from voiceagent.api.sign_in.discovery import open_http, published_keys
from voiceagent.api.sign_in.issuer_keys import IssuerKeys
from voiceagent.api.sign_in.people import People
from voiceagent.api.sign_in.provider import IdentityProvider
from voiceagent.apps.finding import Finding
from voiceagent.config.settings import Settings
from voiceagent.config.sign_in_settings import IdentityProviderSettings
from voiceagent.core.clock import Clock
from voiceagent.core.errors import VoiceagentError
from voiceagent.core.ids import TenantId
from voiceagent.records.unit_of_work import Records


@asynccontextmanager
async def opened_sign_in(settings: Settings, records: Records, clock: Clock) -> AsyncIterator[People | None]:
    """None without an identity provider. Nothing is asked of one before somebody comes. Raises ConfigError."""
    async with AsyncExitStack() as stack:
        providers = []
        for one in settings.api.oidc:
            http = await stack.enter_async_context(open_http(one.ca_file))
            keys = IssuerKeys(one.issuer, partial(published_keys, http, one.issuer), clock)
            providers.append((_provider_of(one, settings.tenant), keys))
        yield People(records, providers, clock) if providers else None


def check_sign_in(settings: Settings) -> list[Finding]:
    """Whether each provider publishes keys, asked over the network."""
    return [asyncio.run(_asked(one)) for one in settings.api.oidc]


async def _asked(provider: IdentityProviderSettings) -> Finding:
    try:
        async with open_http(provider.ca_file) as http:
            keys = await published_keys(http, provider.issuer)
    except VoiceagentError as error:
        remedy = f"compare api.oidc with the provider's own page (docs/how-to/connect-oidc.md): {error}"
        return Finding(what="sign-in", ok=False, found=provider.issuer, remedy=remedy)
    return Finding(what="sign-in", ok=True, found=f"{provider.issuer}, {len(keys)} keys")


def _provider_of(settings: IdentityProviderSettings, tenant: str) -> IdentityProvider:
    return IdentityProvider(
        issuer=settings.issuer,
        audience=settings.audience,
        tenant_id=TenantId(settings.tenant or tenant),
        algorithms=frozenset(settings.algorithms),
        leeway_s=settings.leeway_s,
        groups_claim=settings.groups_claim,
        group_roles=settings.group_roles,
        acr=frozenset(settings.acr),
    )
