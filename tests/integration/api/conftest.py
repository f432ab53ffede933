import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.api.house import NOON, PEPPER, STRANGER, TENANT, TOKENS, House
from tests.integration.api.office import Office, office_in
from tests.integration.conftest import run_sql
from voiceagent.api.app import create_app
from voiceagent.api.parts import ApiParts
from voiceagent.api.ports import SignIn
from voiceagent.api.rate_limits import Limits
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.background.webhooks.destination import destination_of
from voiceagent.background.webhooks.signing import secret_of
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.control.connection import RedisConnection
from voiceagent.control.rate_limits import RateLimit
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.records.at_rest.contact_seal import ContactSeals
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.engine import create_engine
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.key_rules import ALL_SCOPES
from voiceagent.records.seed import Seed, SeedProfile, sow
from voiceagent.records.unit_of_work import Records

PLENTY = RateLimit(per_s=1e6, size=1_000_000)
WIDE = Limits(address=PLENTY, key=PLENTY, failures=PLENTY)  # tests ask as fast as they can


@cache
def _rules() -> RuleBook:
    return rule_book()


def parts_over(engine: AsyncEngine, redis: RedisConnection, blob_root: Path) -> ApiParts:
    return ApiParts(
        records=Records(engine),
        redis=redis,
        talk_tokens=TOKENS,
        recordings=StoredRecordings(in_folder(blob_root), DataKeys(engine, LocalKeys(blob_root / "keys"))),
        clock=SystemClock(),
        webhook_secret_of=partial(secret_of, b"root"),
        check_webhook_url=destination_of,
        rules=_rules(),
        number_pepper=PEPPER,
        sealed_names=SealedNames(LocalKeys(blob_root / "keys")),
        contact_seals=ContactSeals(LocalKeys(blob_root / "keys")),
        tenant_pepper=lambda _: PEPPER,
        packages=PackageStore(blob_root / "exports"),
        export_link_key=b"for links",
        talk_url="http://127.0.0.1:8081/talk",
        limits=WIDE,
        cancel_window=timedelta(0),  # tests of that have their own
    )


@pytest.fixture(scope="session")
def keys() -> dict[TenantId, str]:
    """The first API key of each tenant, once `template` has been made."""
    return {}


@pytest.fixture(scope="session")
def template(postgres_server: EmbeddedPostgres, keys: dict[TenantId, str]) -> str:
    """A database with two tenants: both are there in every test, so they are sown once."""
    name = "two_tenants"
    run_sql(postgres_server.url, f"CREATE DATABASE {name} TEMPLATE records_template")
    asyncio.run(sow_both(make_url(postgres_server.url).set(database=name).render_as_string(), keys))
    return name


async def sow_both(url: str, keys: dict[TenantId, str]) -> None:
    engine = create_engine(url)
    for tenant in (TENANT, STRANGER):
        profiles = [SeedProfile(name="orders", sha256="0" * 64, document={})] if tenant == TENANT else []
        seeded = await sow(Records(engine), Seed(profiles=profiles), NOON, tenant_id=tenant, key_scopes=ALL_SCOPES)
        assert seeded.api_key is not None
        keys[tenant] = seeded.api_key.plain
    await engine.dispose()


@pytest.fixture
def sign_in() -> SignIn | None:
    """How people are known; tests of that have their own."""
    return None


@pytest.fixture
async def house(
    records: Records,
    api_engine: AsyncEngine,
    redis: RedisConnection,
    tmp_path: Path,
    keys: dict[TenantId, str],
    sign_in: SignIn | None,
) -> AsyncIterator[House]:
    parts = replace(parts_over(api_engine, redis, tmp_path), sign_in=sign_in)
    app = create_app(parts)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield House(
            app=app, parts=parts, client=client, records=records, redis=redis, blob_root=tmp_path, keys=dict(keys)
        )


@pytest.fixture
async def narrow_house(house: House, database: dict[str, str], redis: RedisConnection) -> AsyncIterator[House]:
    """The same over one connection to Postgres, which all tenants take turns on."""
    engine = create_engine(database["database_url"], pool_size=1)
    parts = parts_over(engine, redis, house.blob_root)
    app = create_app(parts)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield replace(house, app=app, parts=parts, client=client)
    await engine.dispose()


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    async with office_in(house) as office:
        yield office
