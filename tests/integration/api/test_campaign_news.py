"""What webhooks hear of campaigns."""

import json

from sqlalchemy import text

from tests.integration.api.office import ANNA, BERT, CARL, Office, contact
from voiceagent.background.webhooks.delivery import body_of
from voiceagent.core.ids import TenantId
from voiceagent.core.termination import Reason, Result
from voiceagent.records.webhooks.books import WebhookBooks

WANTED = ["campaign.paused", "campaign.ended", "campaign.worked_off"]


async def listen(office: Office, *event_types: str) -> None:
    hook = {"url": "https://crm.example/hook", "event_types": list(event_types or WANTED)}
    assert (await office.post("/v1/webhooks", hook)).status_code == 201


async def told(office: Office) -> list[tuple[str, str]]:
    query = "SELECT event_type, campaign_id FROM webhook_deliveries ORDER BY entered_at, id"
    return [tuple(row) for row in await office.rows(query)]


async def test_it_is_told_once_that_nobody_is_left_to_be_called(office: Office) -> None:
    await listen(office)
    campaign_id = await office.running(ANNA, BERT, at_once=2)
    first, second = [call for _ in range(2) for call in await office.look()]
    await office.over(first, Reason.CALLER_HUNG_UP)
    await office.look()
    before = await told(office)

    await office.over(second, Reason.CALLER_HUNG_UP)
    await office.look()
    await office.look()

    assert before == []
    assert await told(office) == [("campaign.worked_off", campaign_id)]


async def test_it_is_told_again_when_somebody_was_added_and_called(office: Office) -> None:
    await listen(office)
    campaign_id = await office.running(ANNA)
    await office.over((await office.look())[0], Reason.CALLER_HUNG_UP)
    await office.look()
    await office.agree(CARL)
    await office.add(campaign_id, contact("carl", CARL))

    await office.over((await office.look())[0], Reason.CALLER_HUNG_UP)
    await office.look()

    assert await told(office) == [("campaign.worked_off", campaign_id)] * 2


async def test_it_is_told_though_the_campaign_was_paused_or_the_last_one_withdrawn_when_nobody_was_left(
    office: Office,
) -> None:
    await listen(office, "campaign.worked_off")
    paused, withdrawn = await office.running(ANNA), await office.running(BERT, name="summer")
    calls = {call.callee: call for call in await office.look()}
    await office.act(paused, "pause")
    await office.over(calls[ANNA], Reason.CALLER_HUNG_UP)
    await office.over(calls[BERT], Reason.BUSY, Result.UPSTREAM)
    await office.look()
    before = await told(office)

    await office.act(paused, "start")
    (left,) = await office.contacts(withdrawn)
    assert (await office.post(f"/v1/campaigns/{withdrawn}/contacts/{left['id']}/actions/withdraw")).status_code == 200
    await office.look()
    await office.look()

    assert before == []
    assert sorted(await told(office)) == sorted(("campaign.worked_off", one) for one in (paused, withdrawn))


async def test_a_list_with_nobody_on_it_is_not_worked_off(office: Office) -> None:
    await listen(office)
    await office.act(await office.create(), "start")

    await office.look()

    assert await told(office) == []


async def test_a_campaign_that_stops_by_itself_and_one_that_is_ended_are_told(office: Office) -> None:
    await listen(office)
    campaign_id = await office.running(ANNA, purpose="telemarketing")
    await office.look()
    await office.act(campaign_id, "end")
    await office.look()

    assert await told(office) == [("campaign.paused", campaign_id), ("campaign.ended", campaign_id)]


async def test_whoever_did_not_ask_for_it_hears_nothing(office: Office) -> None:
    await listen(office, "call.ended")
    campaign_id = await office.running(ANNA)

    await office.act(campaign_id, "pause")

    assert await told(office) == []


async def test_the_message_names_the_campaign_and_nobody_on_its_list(office: Office) -> None:
    await listen(office)
    campaign_id = await office.running(ANNA)
    await office.act(campaign_id, "pause")
    async with office.records.engine.connect() as connection:
        delivery_id, tenant_id = (await connection.execute(text("SELECT id, tenant_id FROM webhook_deliveries"))).one()

    due = await WebhookBooks(office.records.engine).due(TenantId(tenant_id), delivery_id, office.clock.now())

    assert due is not None
    assert json.loads(body_of(due))["data"] == {"campaign_id": campaign_id}
