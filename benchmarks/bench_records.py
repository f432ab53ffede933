"""How fast the API lists and filters a million calls and a million acts, with row-level security, and how long
`voiceagent audit verify` takes over them.

    python benchmarks/bench_records.py [--calls 1000000] [--entries 1000000] [--asks 200] [--compare]

A Postgres and a Redis of their own under a temporary folder (2 GB). One call goes through the writer and is copied
inside Postgres: twenty tenants of which the largest has a third, office hours of 400 days, 200,000 callers of which
some call often, one call in ten outbound, some refused, every thousandth hidden by an erasure. Asked is the real app in
process, by the login that sees one tenant, as the largest tenant, with parameters that change from request to request.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import httpx
from bench_audit import TENANT, fill, verify
from own_postgres import own_postgres
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from voiceagent.api.app import create_app
from voiceagent.api.parts import ApiParts
from voiceagent.api.rate_limits import Limits
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.apps.embedded.redis import EmbeddedRedis
from voiceagent.background.webhooks.destination import destination_of
from voiceagent.background.webhooks.signing import secret_of
from voiceagent.compliance.exports.package_store import PackageStore
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.control.connection import RedisConnection
from voiceagent.control.rate_limits import RateLimit
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import CallId, TenantId
from voiceagent.gateways.webrtc.tokens import TalkTokens
from voiceagent.records.at_rest.contact_seal import ContactSeals
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.at_rest.stored_recordings import StoredRecordings
from voiceagent.records.base import Base
from voiceagent.records.blobs.kept_blobs import in_folder
from voiceagent.records.engine import create_engine
from voiceagent.records.erasing.sealed_names import SealedNames
from voiceagent.records.key_rules import ALL_SCOPES
from voiceagent.records.secrets import mint_api_key
from voiceagent.records.seed import Seed, sow
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.testing.sample_call import recorded, sample_events

_DAYS, _TENANTS, _CALLERS, _BATCH = 400, 20, 200_000, 100_000
_WARM = 5  # requests that are not counted: statements are prepared then, as they are in a process that runs for days
_START = datetime(2029, 1, 1, tzinfo=UTC)
_TEMPLATE = CallId("call_TEMPLATE")
_clock = SystemClock()
_dice = random.Random(7)  # noqa: S311 - repeatable, not secret

# n counts all calls in the order of time; a day's calls lie between eight and twenty, most at two
_CHANGED = {
    "call_id": "'call_' || lpad(n::text, 26, '0')",
    "tenant_id": "CASE WHEN tenant = 0 THEN 'bench' ELSE 'tenant_' || tenant END",
    "started_at": "at",
    "answered_at": "CASE WHEN kind < 0.94 THEN at + interval '1 second' END",
    "ended_at": "CASE WHEN kind > 0.01 THEN at + interval '3 minutes' END",
    "status": "CASE WHEN kind <= 0.01 THEN 'answered' WHEN kind < 0.94 THEN 'ended' ELSE 'refused' END",
    "result": "CASE WHEN kind <= 0.01 THEN '' WHEN kind < 0.85 THEN 'success' ELSE 'server' END",
    "direction": "CASE WHEN random() < 0.9 THEN 'inbound' ELSE 'outbound' END",
    "caller": "'+4930' || lpad(floor(:callers * random() ^ 2)::text, 7, '0')",
}
_DRAWN = """
    SELECT n, floor(:tenants * random() ^ 3)::int AS tenant, random() AS kind,
           CAST(:start AS timestamptz) + make_interval(days => (n * :days / :calls)::int)
           + interval '8 hours' + interval '12 hours' * (random() + random() + random()) / 3 AS at
    FROM generate_series(CAST(:first AS bigint), :last) AS n
"""
_HIDE = """
    WITH asked AS (INSERT INTO erasure_requests (id, tenant_id, state, step, identity_check, received_at, due_at,
                                                 asked_by, asked_at)
                   VALUES ('era_1', 'bench', 'restricted', 10, 'document', now(), now(), 'key_1', now())
                   RETURNING id)
    INSERT INTO erasure_items (request_id, call_id, content_class, tenant_id, fate)
    SELECT asked.id, call_id, 'M', tenant_id, 'restricted' FROM calls, asked
    WHERE tenant_id = 'bench' AND call_id LIKE '%000'
"""


async def _copy(url: str, calls: int) -> None:
    engine = create_engine(url, pool_size=1)
    await RecordsWriter(engine).write(recorded(_TEMPLATE, sample_events(), tenant=TenantId("template")))
    columns = [column.name for column in Base.metadata.tables["calls"].columns]
    values = ", ".join(_CHANGED.get(name, f'template."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    copied = f"INSERT INTO calls ({names}) SELECT {values} FROM ({_DRAWN}) AS drawn, calls AS template WHERE template.call_id = '{_TEMPLATE}'"  # noqa: E501, S608
    fixed = {"start": _START, "days": _DAYS, "calls": calls, "tenants": _TENANTS, "callers": _CALLERS}
    for first in range(0, calls, _BATCH):
        async with engine.begin() as connection:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(text(copied), {**fixed, "first": first, "last": min(first + _BATCH, calls) - 1})
    async with engine.begin() as connection:
        await connection.execute(text(_HIDE))
    async with engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("SET statement_timeout = 0"))
        await plain.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


def _parts(engine: AsyncEngine, redis: RedisConnection, state: Path) -> ApiParts:
    plenty = RateLimit(per_s=1e6, size=1_000_000)
    keys = LocalKeys(state / "keys")
    return ApiParts(
        records=Records(engine),
        redis=redis,
        talk_tokens=TalkTokens(b"0123456789abcdef0123456789abcdef"),
        recordings=StoredRecordings(in_folder(state), DataKeys(engine, keys)),
        clock=_clock,
        webhook_secret_of=partial(secret_of, b"root"),
        check_webhook_url=destination_of,
        rules=rule_book(),
        number_pepper=bytes(32),
        sealed_names=SealedNames(keys),
        contact_seals=ContactSeals(keys),
        tenant_pepper=lambda _: bytes(32),
        packages=PackageStore(state / "exports"),
        export_link_key=b"for links",
        talk_url="http://127.0.0.1/talk",
        limits=Limits(address=plenty, key=plenty, failures=plenty),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One kind of request: `path` gives another one each time."""

    name: str
    path: Callable[[], str]


def _asks(calls: int, entries: int) -> list[Ask]:
    def of_calls(**query: Callable[[], str]) -> Callable[[], str]:
        return lambda: "/v1/calls?" + urlencode({name.rstrip("_"): value() for name, value in query.items()})

    def acts(**query: Callable[[], str]) -> Callable[[], str]:
        return lambda: "/v1/audit-events?" + urlencode({name.rstrip("_"): value() for name, value in query.items()})

    def day() -> str:
        return (_START + timedelta(days=_dice.randrange(_DAYS))).isoformat()

    def caller(most: float) -> str:
        return f"+4930{int(most * _dice.random()):07}"

    asks = [
        Ask(name="calls, the newest 50", path=of_calls()),
        Ask(name="calls, the newest 200", path=of_calls(limit=lambda: "200")),
        Ask(name="calls before a day", path=of_calls(started_before=day)),
        Ask(name="calls from a number that calls often", path=of_calls(from_=lambda: caller(20))),
        Ask(name="calls from any number", path=of_calls(from_=lambda: caller(_CALLERS))),
        Ask(name="calls from a number that never called", path=of_calls(from_=lambda: "+4930999")),
        Ask(name="calls of a direction that never was", path=of_calls(direction=lambda: "sideways")),
        Ask(name="calls outbound", path=of_calls(direction=lambda: "outbound")),
        Ask(
            name="calls outbound, from any number",
            path=of_calls(direction=lambda: "outbound", from_=lambda: caller(_CALLERS)),
        ),
        Ask(name="calls of a number before a day", path=of_calls(from_=lambda: caller(20), started_before=day)),
        Ask(name="one call", path=lambda: f"/v1/calls/call_{_dice.randrange(calls):026}"),
        Ask(name="acts, the newest 50", path=acts()),
        Ask(name="acts on a call", path=acts(object_=lambda: f"call_01KAJ5Z{_dice.randint(1, entries):019}")),
        Ask(name="acts of a kind that is everywhere", path=acts(action=lambda: "recording.read")),
        Ask(name="acts of a kind that is nowhere", path=acts(action=lambda: "export.requested")),
        Ask(name="acts of a key", path=acts(actor=lambda: "key_01KAJ5Z0000000000000000000")),
    ]
    states = ("ringing", "in_progress", "completed", "failed", "rejected")
    asks += [Ask(name=f"calls {one}", path=of_calls(status=lambda one=one: one)) for one in states]  # type: ignore[misc]
    return asks


class _AskedPostgres:
    """How long a request waited for statements, from one being sent to its rows being here."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.ms, self._began = 0.0, 0.0
        event.listen(engine.sync_engine, "before_cursor_execute", self._before)
        event.listen(engine.sync_engine, "after_cursor_execute", self._after)

    def _before(self, *_: object) -> None:
        self._began = _clock.monotonic()

    def _after(self, *_: object) -> None:
        self.ms += 1000 * (_clock.monotonic() - self._began)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


async def _drop_indexes(url: str) -> None:
    engine = create_engine(url, pool_size=1)
    async with engine.begin() as connection:
        for names in ("caller", "direction", "status_result"):
            await connection.execute(text(f"DROP INDEX ix_calls_tenant_id_{names}_started_at_call_id"))
    await engine.dispose()


async def _measure(postgres: EmbeddedPostgres, redis_url: str, state: Path, asks: list[Ask], times: int) -> None:
    owner = create_engine(postgres.url, pool_size=1)
    minted = mint_api_key()
    await sow(Records(owner), Seed(), _clock.now(), tenant_id=TENANT)
    async with Records(owner).unit_of_work(TENANT) as work:
        await work.api_keys.add("bench", minted, ALL_SCOPES, _clock.now())
        await work.commit()
    await owner.dispose()
    engine, redis = create_engine(postgres.urls["database_url"]), RedisConnection(redis_url)
    transport = httpx.ASGITransport(create_app(_parts(engine, redis, state)))
    headers = {"Authorization": f"Bearer {minted.plain}"}
    asked = _AskedPostgres(engine)
    print("| request | p50 ms | p95 ms | of it waiting for Postgres, p95 ms | the app's own CPU, p95 ms | rows |")
    print("|---|---|---|---|---|---|", flush=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
        for ask in asks:
            took, waited, worked, rows = [], [], [], 0
            for _ in range(_WARM):
                await client.get(ask.path())
            for _ in range(times):
                asked.ms, cpu, began = 0.0, time.process_time(), _clock.monotonic()
                answer = await client.get(ask.path())
                took.append(1000 * (_clock.monotonic() - began))
                worked.append(1000 * (time.process_time() - cpu))
                waited.append(asked.ms)
                if answer.status_code not in (200, 404):  # of another tenant, or hidden
                    raise SystemExit(answer.text)
                rows += len(answer.json().get("items", [0]))
            told = (statistics.median(took), _p95(took), _p95(waited), _p95(worked))
            figures = " | ".join(f"{one:.1f}" for one in told)
            print(f"| {ask.name} | {figures} | {rows / times:.0f} |", flush=True)
    await redis.close()
    await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--asks", type=int, default=200)
    parser.add_argument("--compare", action="store_true", help="measure once more without the indexes for filters")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_postgres(state := Path(folder)) as postgres:
        redis = EmbeddedRedis(state)
        redis.start()
        try:
            began = _clock.monotonic()
            fill(postgres.url, state, arguments.entries)
            print(f"{arguments.entries} acts written in {_clock.monotonic() - began:.0f} s", flush=True)
            found, spent = verify(postgres.url, state)
            print(f"audit verify: {found['result']} in {spent}", flush=True)
            began = _clock.monotonic()
            asyncio.run(_copy(postgres.url, arguments.calls))
            print(f"{arguments.calls} calls written in {_clock.monotonic() - began:.0f} s\n", flush=True)
            asks = _asks(arguments.calls, arguments.entries)
            asyncio.run(_measure(postgres, redis.url, state, asks, arguments.asks))
            if arguments.compare:
                asyncio.run(_drop_indexes(postgres.url))
                print("\nwithout the indexes of migration 0016:\n")
                of_calls = [ask for ask in asks if ask.name.startswith("calls")]
                asyncio.run(_measure(postgres, redis.url, state, of_calls, arguments.asks // 5))
        finally:
            redis.stop()


if __name__ == "__main__":
    main()
