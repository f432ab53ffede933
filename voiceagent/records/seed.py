"""The first start: a tenant, its trunks, numbers and profiles, and a key to the API. Harmless when repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from voiceagent.core.ids import TenantId
from voiceagent.records.key_rules import ALL_SCOPES, LONGEST_LIFE
from voiceagent.records.secrets import MintedKey, mint_api_key
from voiceagent.records.unit_of_work import Records, UnitOfWork

DEFAULT_TENANT: Final = TenantId("default")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedNumber:
    number: str
    profile: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedProfile:
    """`sha256` is of the source; the same content never makes a second version."""

    name: str
    sha256: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What the configuration says; `trunks` maps names to settings."""

    trunks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    numbers: Sequence[SeedNumber] = ()
    profiles: Sequence[SeedProfile] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """`api_key` is there only when this start made it: it is never shown again."""

    api_key: MintedKey | None
    profile_versions: Mapping[str, int]


async def sow(
    records: Records,
    seed: Seed,
    now: datetime,
    *,
    tenant_id: TenantId = DEFAULT_TENANT,
    key_scopes: frozenset[str] = ALL_SCOPES,
) -> Seeded:
    """Bring the tenant's configuration to what `seed` says, in one transaction. Raises StoreUnavailable."""
    async with records.unit_of_work(tenant_id) as work:
        await work.tenants.ensure(tenant_id, name=tenant_id, now=now)
        for name, settings in seed.trunks.items():
            await work.trunks.put(name, dict(settings), now)
        for number in seed.numbers:
            await work.numbers.put(number.number, number.profile, dict(number.settings), now)
        versions = {
            profile.name: (
                await work.agent_profiles.put(profile.name, profile.sha256, dict(profile.document), now)
            ).version
            for profile in seed.profiles
        }
        for profile in seed.profiles:
            await work.prompt_texts.keep(told_texts(profile.document), profile.document.get("language", ""), now)
        api_key = await _first_key(work, key_scopes, now)
        await work.commit()
    return Seeded(api_key=api_key, profile_versions=versions)


def told_texts(document: Mapping[str, Any]) -> Sequence[str]:
    """The texts of a profile whose hashes stand in evidence: what callers are told of us and asked for."""
    opening, again = document.get("opening", {}), document.get("back_again", "")
    return [*(opening.get(key, "") for key in ("disclosure", "notice", "question")), again]


async def _first_key(work: UnitOfWork, scopes: frozenset[str], now: datetime) -> MintedKey | None:
    if await work.api_keys.list():
        return None
    minted = mint_api_key()
    await work.api_keys.add("first key", minted, scopes, now, expires_at=now + LONGEST_LIFE)
    return minted
