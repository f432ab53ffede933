"""What a campaign costs: adding people over the API, and one look of the dialler at a list of any length.

    python benchmarks/bench_campaigns.py [--contacts 100000] [--calls 300]

A Postgres and a Redis of their own under a temporary folder. Everybody has agreed and it is noon. Each look places one
call, which is over by the next: measured is the whole look, from the query for campaigns to the command for a gateway.
The same is asked of a list of a hundred, so what the length costs is the ratio. Nobody's phone rings.
"""

import argparse
import asyncio
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bench_audit import TENANT
from own_postgres import own_postgres
from sqlalchemy import text

from voiceagent.api.principal import Principal
from voiceagent.api.resources.campaigns.contact_service import ContactService
from voiceagent.api.resources.campaigns.schemas import MOST_CONTACTS, NewCampaign, NewContact
from voiceagent.api.resources.campaigns.service import CampaignService
from voiceagent.apps.campaign_dialler import CampaignDialler
from voiceagent.apps.campaign_step import DiallerParts
from voiceagent.apps.embedded.redis import EmbeddedRedis
from voiceagent.compliance.dialling.placing import Placing
from voiceagent.compliance.rules.loading import rule_book
from voiceagent.compliance.rules.rules import Purpose
from voiceagent.control.commands import Commands
from voiceagent.control.connection import RedisConnection
from voiceagent.control.presence import GatewayPresence, Presence
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import LegId, new_id
from voiceagent.core.termination import Reason, Result
from voiceagent.records.at_rest.contact_seal import ContactSeals, KeptSeals
from voiceagent.records.at_rest.local_keys import LocalKeys
from voiceagent.records.engine import create_engine
from voiceagent.records.number_hash import number_hash
from voiceagent.records.seed import Seed, SeedNumber, SeedProfile, sow
from voiceagent.records.unit_of_work import Records
from voiceagent.records.writer import RecordsWriter
from voiceagent.telephony import events as ev
from voiceagent.telephony.events import Recorded
from voiceagent.testing.clock import ManualClock

_NOON = datetime(2027, 1, 13, 17, tzinfo=UTC)  # a Wednesday, noon in New York
_LINE, _PEPPER = "+12025550100", bytes(32)
_real = SystemClock()
_DIALLED = text("UPDATE outbound_calls SET claimed_at = :now WHERE claimed_at IS NULL RETURNING call_id")


def _number(place: int) -> str:
    return f"+1212{2_000_000 + place:07}"


class _House:
    """The API's services and the dialler over one Postgres."""

    def __init__(self, records: Records, redis: RedisConnection, state: Path) -> None:
        self.records, self._redis, self._clock = records, redis, ManualClock(_NOON)
        book, seals = rule_book(), ContactSeals(LocalKeys(state / "keys"))
        self._who = Principal(id="key_1", tenant_id=TENANT, scopes=frozenset(), holder="key_1")
        self._campaigns = CampaignService(records=records, seals=seals, clock=self._clock)
        self._contacts = ContactService(records=records, seals=seals, rules=book, clock=self._clock, pepper=_PEPPER)
        self._dialler = CampaignDialler(
            DiallerParts(
                records=records,
                placing=Placing(book=book, clock=self._clock),
                book=book,
                commands=Commands(redis),
                seals=KeptSeals(seals, self._clock),
                clock=self._clock,
            )
        )

    async def campaign(self, name: str, first: int, contacts: int) -> tuple[str, float]:
        """A draft with that many people, and how many a second were added."""
        ends_at = _NOON + timedelta(days=30)
        new = NewCampaign(name=name, line=_LINE, purpose=Purpose.INFORMATIONAL, ends_at=ends_at)
        made, began = await self._campaigns.create(self._who, new), _real.monotonic()
        people = [NewContact(reference=f"c{place}", number=_number(place)) for place in range(first, first + contacts)]
        for place in range(0, contacts, MOST_CONTACTS):
            await self._contacts.add(self._who, made.id, people[place : place + MOST_CONTACTS])
        return made.id, contacts / (_real.monotonic() - began)

    async def looks(self, campaign_id: str, calls: int) -> list[float]:
        """How long each took, in ms."""
        await self._campaigns.start(self._who, campaign_id)
        presence, took = GatewayPresence(gateway_id="sip-0", kind="sip", lines=9), []
        for _ in range(calls):
            await Presence(self._redis).announce_gateway(presence, {})  # it is forgotten after seconds
            began = _real.monotonic()
            await self._dialler.look()
            took.append(1000 * (_real.monotonic() - began))
            await self._over()
            self._clock.advance(1)
        await self._campaigns.pause(self._who, campaign_id)
        await self._dialler.look()
        return took

    async def _over(self) -> None:
        """The call was dialled and has ended."""
        now = self._clock.now()
        async with self.records.engine.begin() as connection:
            (call_id,) = await connection.scalars(_DIALLED, {"now": now})
        events = (
            ev.CallStarted(direction="outbound", transport="sip", caller=_LINE, callee="", profile="sky"),
            ev.LegAnswered(leg_id=LegId("leg_1"), codec="PCMU/8000"),
            ev.CallEnded(result=Result.SUCCESS, reason=Reason.CALLER_HUNG_UP, duration_ms=1),
        )
        log = [
            Recorded(call_id=call_id, tenant_id=TENANT, seq=seq, at=now, event=event)
            for seq, event in enumerate(events, start=1)
        ]
        await RecordsWriter(self.records.engine).write(log)


async def _agree(records: Records, contacts: int) -> None:
    rows = [(new_id("oco"), number_hash(_PEPPER, _number(place))) for place in range(contacts)]
    consent = text(
        """
        INSERT INTO outbound_consents (id, tenant_id, number_hash, seller, kind, campaigns, captured_at, source,
                                       artefact_url, artefact_sha256, disclosure_sha256, signature_method, recorded_at,
                                       recorded_by, revoked_by)
        SELECT id, :tenant, hash, 'Sky', 'PEC', '{}', :at, 'form', '', '', '', '', :at, 'bench', ''
          FROM unnest(CAST(:ids AS text[]), CAST(:hashes AS text[])) AS given (id, hash)
        """
    )
    columns = {"ids": [one for one, _ in rows], "hashes": [hashed for _, hashed in rows]}
    async with records.engine.begin() as connection:
        await connection.execute(consent, {**columns, "tenant": TENANT, "at": _NOON - timedelta(days=30)})
        await connection.execute(text("ANALYZE"))


async def _measure(url: str, redis_url: str, state: Path, contacts: int, calls: int) -> None:
    records, redis = Records(create_engine(url)), RedisConnection(redis_url)
    seed = Seed(
        trunks={"carrier": {"outbound": {"address": "192.0.2.10"}}},
        numbers=[SeedNumber(number=_LINE, profile="sky")],
        profiles=[SeedProfile(name="sky", sha256="2" * 64, document={"outbound": {"identification": "Sky"}})],
    )
    await sow(records, seed, _NOON, tenant_id=TENANT)
    await _agree(records, contacts + calls)
    house = _House(records, redis, state)
    long, per_s = await house.campaign("long", 0, contacts)
    short, _ = await house.campaign("short", contacts, calls)
    print(f"{contacts} contacts added, {per_s:.0f} a second", flush=True)
    quantiles = partial(statistics.quantiles, n=20)
    for name, campaign_id in (("short", short), ("long", long)):
        took = await house.looks(campaign_id, calls)
        print(f"{name}: {calls} looks, median {statistics.median(took):.1f} ms, p95 {quantiles(took)[-1]:.1f} ms")
    await redis.close()
    await records.engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_postgres(state := Path(folder)) as postgres:
        redis = EmbeddedRedis(state)
        redis.start()
        try:
            url = postgres.urls["database_jobs_url"]
            asyncio.run(_measure(url, redis.url, state, arguments.contacts, arguments.calls))
        finally:
            redis.stop()


if __name__ == "__main__":
    main()
