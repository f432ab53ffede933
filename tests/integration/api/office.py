"""An office that runs campaigns: the API, and the dialler of the jobs process over the same stores."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from tests.integration.api.house import NOON as LATER, TENANT, House, TimedHouse, house_at
from voiceagent.apps.campaign_dialler import CampaignDialler
from voiceagent.apps.campaign_step import DiallerParts
from voiceagent.compliance.dialling.placing import Placing
from voiceagent.control.commands import CommandReader, Commands, DialCall
from voiceagent.control.presence import GatewayPresence, Presence
from voiceagent.core.ids import LegId
from voiceagent.core.termination import Reason, Result
from voiceagent.records.at_rest.contact_seal import KeptSeals
from voiceagent.records.seed import Seed, SeedNumber, SeedProfile, sow
from voiceagent.telephony import events as ev

NOON = datetime(2027, 1, 13, 17, tzinfo=UTC)  # a Wednesday, noon in New York
LINE = "+12025550100"
ANNA, BERT, CARL = "+12125550123", "+12125550124", "+12125550125"
CAMPAIGN = {"name": "spring", "line": LINE, "purpose": "informational", "ends_at": "2027-02-12T17:00:00Z"}
CONSENT = {
    "seller": "Sky Parcels",
    "kind": "PEWC",
    "captured_at": "2026-12-01T10:00:00Z",
    "source": "web form 7",
    "artefact_url": "https://records.example/consents/1",
    "artefact_sha256": "a" * 64,
    "signature_method": "E-SIGN click",
}


class Office(TimedHouse):
    """The API and the dialler, at a time that a test chooses."""

    def dialler(self) -> CampaignDialler:
        placing = Placing(book=self.parts.rules, clock=self.clock)
        return CampaignDialler(
            DiallerParts(
                records=self.records,
                placing=placing,
                book=self.parts.rules,
                commands=Commands(self.redis),
                seals=KeptSeals(self.parts.contact_seals, self.clock),
                clock=self.clock,
                lines_kept_free=1,
            )
        )

    def until(self, moment: datetime) -> None:
        self.clock.advance((moment - self.clock.now()).total_seconds())

    async def create(self, **changed: object) -> str:
        answer = await self.post("/v1/campaigns", {**CAMPAIGN, **changed})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def add(self, campaign_id: str, *contacts: dict[str, str]) -> Any:
        answer = await self.post(f"/v1/campaigns/{campaign_id}/contacts", {"contacts": contacts})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def agree(self, *numbers: str) -> None:
        for number in numbers:
            assert (await self.post("/v1/outbound-consents", {**CONSENT, "number": number})).status_code == 201

    async def running(self, *numbers: str, **changed: object) -> str:
        """A campaign that has begun, with these contacts, who have agreed."""
        await self.agree(*numbers)
        campaign_id = await self.create(**changed)
        await self.add(campaign_id, *(contact(f"c{place}", number) for place, number in enumerate(numbers)))
        await self.act(campaign_id, "start")
        return campaign_id

    async def act(self, campaign_id: str, action: str) -> Any:
        answer = await self.post(f"/v1/campaigns/{campaign_id}/actions/{action}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def look(self, free: int = 4) -> list[DialCall]:
        """Once over all campaigns; what gateways are told to dial."""
        presence = GatewayPresence(gateway_id="sip-0", kind="sip", lines=free)
        await Presence(self.redis).announce_gateway(presence, {})
        await self.dialler().look()
        return await self.told()

    async def told(self) -> list[DialCall]:
        found = []
        while await self.redis.client.llen("va:gateway:sip-0:commands"):
            found += [one for one in await CommandReader(self.redis, "sip-0").read() if isinstance(one, DialCall)]
        return found

    async def state(self, campaign_id: str) -> tuple[str, str]:
        campaign = (await self.get(f"/v1/campaigns/{campaign_id}")).json()
        return campaign["state"], campaign["why"]

    async def contacts(self, campaign_id: str) -> list[dict[str, Any]]:
        return (await self.get(f"/v1/campaigns/{campaign_id}/contacts")).json()["items"]

    async def over(
        self,
        call: DialCall,
        reason: Reason,
        result: Result = Result.SUCCESS,
        *,
        rang: bool | None = None,
        answered: bool | None = None,
    ) -> None:
        """The call was dialled and has ended; its log is written. Who ended well has answered, if nothing is said."""
        answered = result is Result.SUCCESS if answered is None else answered
        rang = answered or reason is Reason.NO_ANSWER if rang is None else rang
        async with self.records.engine.begin() as connection:
            claimed = text("UPDATE outbound_calls SET claimed_at = :now WHERE call_id = :id")
            await connection.execute(claimed, {"now": self.clock.now(), "id": call.call_id})
        started = ev.CallStarted(direction="outbound", transport="sip", caller=LINE, callee=call.callee, profile="sky")
        heard = [ev.LegRinging(leg_id=LegId("leg_1"))] if rang else []
        heard += [ev.LegAnswered(leg_id=LegId("leg_1"), codec="PCMU/8000")] if answered else []
        ended = ev.CallEnded(result=result, reason=reason, duration_ms=1)
        await self.write(call.call_id, started, *heard, ended, at=LATER)

    async def rows(self, query: str) -> list[Any]:
        async with self.records.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]


def contact(reference: str, number: str, **more: str) -> dict[str, str]:
    return {"reference": reference, "number": number, **more}


@asynccontextmanager
async def office_in(house: House) -> AsyncIterator[Office]:
    """With a trunk, a line of ours and an agent that may call."""
    seed = Seed(
        trunks={"carrier": {"outbound": {"address": "192.0.2.10"}}},
        numbers=[SeedNumber(number=LINE, profile="sky")],
        profiles=[SeedProfile(name="sky", sha256="2" * 64, document={"outbound": {"identification": "Sky"}})],
    )
    await sow(house.records, seed, NOON, tenant_id=TENANT)
    async with house_at(house, NOON, Office) as made:
        yield made
