"""The first start: a tenant, its trunks, numbers and profiles, and a key to the API. Harmless when repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from voiceagent.core.ids import TenantId
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.key_rules import ALL_SCOPES, LONGEST_LIFE
from voiceagent.records.secrets import MintedKey, mint_api_key
from voiceagent.records.unit_of_work import Records, UnitOfWork
from voiceagent.records.values import ApiKey

DEFAULT_TENANT: Final = TenantId("default")
_SEED: Final = Actor(kind="system", id="start")


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
    """Bring the tenant's configuration to what `seed` says, in one transaction. Raises StoreUnavailable.

    Trunks and numbers that it does not name go. Profiles that it does not name answer and place no calls any more, and
    stay: calls of before are explained by their versions.
    """
    async with records.unit_of_work(tenant_id) as work:
        await work.tenants.ensure(tenant_id, name=tenant_id, now=now)
        await work.trunks.keep_only(seed.trunks)
        for name, settings in seed.trunks.items():
            await work.trunks.put(name, dict(settings), now)
        await work.numbers.keep_only([number.number for number in seed.numbers])
        for number in seed.numbers:
            await work.numbers.put(number.number, number.profile, dict(number.settings), now)
        await work.agent_profiles.keep_only([profile.name for profile in seed.profiles], now)
        for profile in seed.profiles:
            await work.prompt_texts.keep(told_texts(profile.document), profile.document.get("language", ""), now)
        versions = {profile.name: await _put_profile(work, profile, now) for profile in seed.profiles}
        api_key = await _first_key(work, key_scopes, now)
        await work.commit()
    return Seeded(api_key=api_key, profile_versions=versions)


def told_texts(document: Mapping[str, Any]) -> Sequence[str]:
    """The texts of a profile whose hashes stand in evidence: what callers are told of us and asked for."""
    opening, again = document.get("opening", {}), document.get("back_again", "")
    ours = document.get("outbound") or {}
    calling = [ours.get("identification", ""), ours.get("offer", "")]
    calling.append(f"{opening.get('notice', '')} {ours.get('reach_us', '')}".strip() if ours else "")
    return [*(opening.get(key, "") for key in ("disclosure", "notice", "question")), again, *calling]


async def _first_key(work: UnitOfWork, scopes: frozenset[str], now: datetime) -> MintedKey | None:
    if await work.api_keys.list():
        return None
    minted = mint_api_key()
    key = await work.api_keys.add("first key", minted, scopes, now, expires_at=now + LONGEST_LIFE)
    await note_key(work, key, now)
    return minted


async def note_key(work: UnitOfWork, key: ApiKey, now: datetime) -> None:
    """Tell the audit log of a key that this machine made, before anybody uses it."""
    details = {"name": key.name, "prefix": key.prefix, "scopes": sorted(key.scopes)}
    act = Act(action="api_key.minted", actor=_SEED, object_kind="api_key", object_id=key.id, details=details)
    await work.audit.append(act, now)


async def _put_profile(work: UnitOfWork, profile: SeedProfile, now: datetime) -> int:
    stored = await work.agent_profiles.put(profile.name, profile.sha256, dict(profile.document), now)
    if stored.created_at == now:
        details = {"name": profile.name, "version": stored.version, "sha256": profile.sha256}
        changed = Act(
            action="agent_profile.changed",
            actor=_SEED,
            object_kind="agent_profile",
            object_id=stored.id,
            details=details,
        )
        await work.audit.append(changed, now)
    return stored.version
