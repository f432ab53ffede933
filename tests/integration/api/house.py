"""The API over real Postgres and Redis, asked in process."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx
from fastapi import FastAPI

from voiceagent.api.app import create_app
from voiceagent.api.parts import ApiParts
from voiceagent.control.connection import RedisConnection
from voiceagent.core.ids import CallId, TenantId
from voiceagent.gateways.webrtc.tokens import TalkTokens
from voiceagent.records.at_rest.data_keys import DataKeys
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony.events import CallEvent, Recorded
from voiceagent.testing.clock import ManualClock

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
TENANT, STRANGER = TenantId("ten_a"), TenantId("ten_b")
PEPPER = bytes(range(32))
TOKENS = TalkTokens(b"0123456789abcdef0123456789abcdef")


@dataclass
class House:
    """The API, and `records` as jobs has them: what a test needs to reach behind it."""

    app: FastAPI
    parts: ApiParts
    client: httpx.AsyncClient
    records: Records
    redis: RedisConnection
    blob_root: Path
    keys: dict[TenantId, str]

    @property
    def data_keys(self) -> DataKeys:
        return DataKeys(self.records.engine, LocalKeys(self.blob_root / "keys"))

    def bearer(self, tenant: TenantId = TENANT) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[tenant]}"}

    async def get(self, path: str, tenant: TenantId = TENANT, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(path, headers={**self.bearer(tenant), **named})

    async def post(self, path: str, body: object = None, tenant: TenantId = TENANT) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self.bearer(tenant))

    async def write(self, call_id: str, *events: CallEvent, tenant: TenantId = TENANT, at: datetime = NOON) -> None:
        await RecordsWriter(self.records.engine).write(log_of(call_id, events, tenant=tenant, at=at))


class TimedHouse(House):
    """The same at a time that a test chooses."""

    clock: ManualClock


H = TypeVar("H", bound=TimedHouse)


@asynccontextmanager
async def house_at(house: House, now: datetime, kind: type[H]) -> AsyncIterator[H]:
    """Another app over the same stores, with a clock that stands still at `now` until the test moves it."""
    clock = ManualClock(now)
    parts = replace(house.parts, clock=clock)
    app = create_app(parts)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        made = kind(
            app=app,
            parts=parts,
            client=client,
            records=house.records,
            redis=house.redis,
            blob_root=house.blob_root,
            keys=house.keys,
        )
        made.clock = clock
        yield made


def log_of(
    call_id: str, events: Sequence[CallEvent], *, tenant: TenantId = TENANT, at: datetime = NOON, first: int = 1
) -> list[Recorded]:
    return [
        Recorded(call_id=CallId(call_id), tenant_id=tenant, seq=seq, at=at + timedelta(seconds=seq), event=event)
        for seq, event in enumerate(events, start=first)
    ]
