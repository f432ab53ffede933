"""What must be there before any process serves: schema, first configuration, API key, rendered prompts."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from voiceagent.apps.language_model import check_agent
from voiceagent.apps.presidio.installed import check_installed
from voiceagent.apps.profiles import load_profiles
from voiceagent.apps.prompt_audio import render_prompts
from voiceagent.apps.recognisers import check_recognisers, fetch_missing
from voiceagent.apps.routing import configured_directory, snapshot_of
from voiceagent.apps.to_the_end import to_the_end
from voiceagent.apps.traces import check_traces
from voiceagent.config.secrets_file import load_or_make
from voiceagent.config.settings import Settings
from voiceagent.control.connection import RedisConnection
from voiceagent.control.directory import RoutingDirectory, RoutingSnapshot
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import TenantId
from voiceagent.records.key_rules import ALL_SCOPES
from voiceagent.records.migrate import current, expected, upgrade
from voiceagent.records.opening import open_engine
from voiceagent.records.secrets import MintedKey, mint_api_key
from voiceagent.records.seed import Seed, SeedNumber, SeedProfile, note_key, sow
from voiceagent.records.tenancy.check import Sees
from voiceagent.records.unit_of_work import Records


async def prepare(settings: Settings, progress: Callable[[str], None], *, own_key: bool = False) -> str:
    """Bring stores and files up to what the settings say; the API key when one was made, else "".

    One is made at the first start, or for a day with `own_key`.

    Raises ConfigError or StoreUnavailable.
    """
    configured_directory(settings)  # checked before anything is stored; gateways could only refuse it in their logs
    load_or_make(settings.state_dir)
    profiles = load_profiles(settings)
    await to_the_end(fetch_missing, settings, profiles.values(), progress)
    check_recognisers(settings, profiles.values())
    check_agent(settings.agent)
    check_traces(settings.agent)
    check_installed(settings.redaction.presidio)
    revision = await to_the_end(_schema, settings)
    progress(f"database schema is at {revision}")
    for profile in profiles.values():
        rendered = await to_the_end(render_prompts, settings.state_dir, profile)
        if rendered:
            progress(f"rendered {rendered} prompts of profile {profile.name}")
    seed = Seed(
        trunks={trunk.name: _plain(trunk.model_dump(mode="json")) for trunk in settings.trunks},
        numbers=[SeedNumber(number=number.number, profile=number.profile) for number in settings.numbers],
        profiles=[
            SeedProfile(name=profile.name, sha256=profile.sha256, document=msgspec.to_builtins(profile))
            for profile in profiles.values()
        ],
    )
    await (await open_engine(settings.database_url, Sees.ONE_TENANT, pool_size=1)).dispose()  # as the API will
    engine = await open_engine(settings.jobs_database, Sees.EVERY_TENANT, pool_size=1)
    try:
        records, tenant_id = Records(engine), TenantId(settings.tenant)
        seeded = await sow(records, seed, SystemClock().now(), tenant_id=tenant_id)
        key = seeded.api_key or (await _day_key(records, tenant_id) if own_key else None)
        numbers = await _numbers(records, tenant_id, profiles.keys(), progress)
    finally:
        await engine.dispose()
    await _publish(snapshot_of(settings, profiles, seeded.profile_versions, numbers), settings.redis_url)
    return key.plain if key else ""


def _schema(settings: Settings) -> str:
    """Migrate where the owner's URL is known; else the schema must be there already."""
    if settings.database_owner_url:
        return upgrade(settings.database_owner_url)
    at, wanted = current(settings.database_url), expected()
    if at != wanted:
        raise ConfigError(
            f"the database schema is at {at or 'nothing'} and has to be at {wanted}: "
            "run `voiceagent migrate` with VOICEAGENT_DATABASE_OWNER_URL set"
        )
    return wanted


async def _day_key(records: Records, tenant_id: TenantId) -> MintedKey:
    now, minted = SystemClock().now(), mint_api_key()
    async with records.unit_of_work(tenant_id) as work:
        key = await work.api_keys.add("for a day", minted, ALL_SCOPES, now, expires_at=now + timedelta(days=1))
        await note_key(work, key, now)
        await work.commit()
    return minted


async def _numbers(
    records: Records, tenant_id: TenantId, profiles: Collection[str], progress: Callable[[str], None]
) -> Mapping[str, str]:
    """Which profile answers each number of the settings and of the API."""
    async with records.unit_of_work(tenant_id) as work:
        stored = await work.numbers.list()
    for number in stored:
        if number.profile not in profiles:
            progress(f"nobody answers {number.number}: the agent {number.profile} is in `profiles` no longer")
    return {number.number: number.profile for number in stored if number.profile in profiles}


async def _publish(snapshot: RoutingSnapshot, redis_url: str) -> None:
    connection = RedisConnection(redis_url)
    try:
        await RoutingDirectory(connection).publish(snapshot)
    finally:
        await connection.close()


def _plain(trunk: dict[str, Any]) -> dict[str, Any]:
    """Trunk settings as stored: the name of the password's variable, never the password."""
    return {name: value for name, value in trunk.items() if name != "name"}
