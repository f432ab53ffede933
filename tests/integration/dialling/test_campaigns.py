"""A campaign on the wire: somebody's phone rings, and what they do is what the campaign makes of them."""

from pathlib import Path
from typing import Any

from tests.integration.api.house import House
from tests.integration.dialling.stage import GATEWAY, LINE, NUMBER, DialStage, dial_stage
from tests.integration.dialling.test_calls_of_ours import rows, until_played
from voiceagent.apps.campaign_dialler import CampaignDialler
from voiceagent.apps.campaign_step import DiallerParts
from voiceagent.compliance.dialling.placing import Placing
from voiceagent.control.commands import Commands
from voiceagent.control.presence import Presence
from voiceagent.records.at_rest.contact_seal import KeptSeals
from voiceagent.testing.callee import Manners

_CAMPAIGN = {"name": "deliveries", "line": LINE, "purpose": "informational", "ends_at": "2027-02-12T17:00:00Z"}


def dialler_of(stage: DialStage) -> CampaignDialler:
    parts = stage.house.parts
    return CampaignDialler(
        DiallerParts(
            records=stage.house.records,
            placing=Placing(book=parts.rules, clock=stage.clock),
            book=parts.rules,
            commands=Commands(stage.house.redis),
            seals=KeptSeals(parts.contact_seals, stage.clock),
            clock=stage.clock,
        )
    )


async def started(stage: DialStage) -> str:
    """A campaign with the callee on its list, who has agreed."""
    await stage.agree()
    campaign_id = str((await stage.house.post("/v1/campaigns", _CAMPAIGN)).json()["id"])
    contacts = {"contacts": [{"reference": "anna", "number": NUMBER}]}
    assert (await stage.house.post(f"/v1/campaigns/{campaign_id}/contacts", contacts)).json()["added"] == 1
    assert (await stage.house.post(f"/v1/campaigns/{campaign_id}/actions/start")).status_code == 200
    return campaign_id


async def look(stage: DialStage) -> None:
    await Presence(stage.house.redis).announce_gateway(GATEWAY, {})
    await dialler_of(stage).look()


async def contact_of(stage: DialStage, campaign_id: str) -> Any:
    (contact,) = (await stage.house.get(f"/v1/campaigns/{campaign_id}/contacts")).json()["items"]
    return contact


async def test_who_answers_and_wants_no_more_calls_is_called_once_and_their_number_is_forgotten(
    house: House, prompts: Path
) -> None:
    async with dial_stage(house, prompts) as stage:
        campaign_id = await started(stage)
        await look(stage)
        call = await stage.pass_on()
        await until_played(stage, "offer", call.call_id)
        stage.callee.media.press("9")
        await stage.over(call.call_id)
        stage.clock.advance(8 * 3600)
        await look(stage)
        await look(stage)
        contact = await contact_of(stage, campaign_id)

        assert (contact["state"], contact["result"], contact["tries"]) == ("done", "opted_out", 1)
        assert await rows(house, "SELECT sealed FROM campaign_contacts") == [(None,)]
        assert await rows(house, "SELECT campaign FROM dnc_entries") == [("deliveries",)]
        assert len(stage.callee.all("INVITE")) == 1


async def test_who_is_busy_is_rung_again_when_the_wait_is_over(house: House, prompts: Path) -> None:
    async with dial_stage(house, prompts, Manners(final=486)) as stage:
        campaign_id = await started(stage)
        for wait_s in (0, 4 * 3600):
            stage.clock.advance(wait_s)
            await look(stage)
            await stage.over((await stage.pass_on()).call_id)
            await look(stage)

        contact = await contact_of(stage, campaign_id)
        assert (contact["state"], contact["result"], contact["tries"]) == ("waiting", "busy", 2)
        assert len({one.headers["call-id"] for one in stage.callee.all("INVITE")}) == 2
