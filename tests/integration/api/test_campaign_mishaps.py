"""Campaigns when things go wrong beside them: clocks, settings, other requests, calls that never rang."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text

from tests.integration.api.house import PEPPER, TENANT
from tests.integration.api.office import ANNA, BERT, CAMPAIGN, CONSENT, LINE, NOON, Office, contact
from voiceagent.api.resources.campaigns import service
from voiceagent.apps import campaign_step
from voiceagent.apps.outbound_terms import CampaignExpiry, DecisionExpiry
from voiceagent.compliance.dialling.permits import DialPermits
from voiceagent.core.errors import Conflict
from voiceagent.core.ids import CallId
from voiceagent.core.termination import Reason, Result
from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.number_hash import number_hash
from voiceagent.records.repositories.outbound import OutboundRepository
from voiceagent.records.seed import Seed, SeedNumber, SeedProfile, sow
from voiceagent.telephony import events as ev

MANY = [f"+1212555{place:04}" for place in range(100, 112)]


async def only(office: Office, campaign_id: str) -> dict[str, Any]:
    (one,) = await office.contacts(campaign_id)
    return one


async def withdraw(office: Office, campaign_id: str) -> str:
    contact_id = (await only(office, campaign_id))["id"]
    answer = await office.post(f"/v1/campaigns/{campaign_id}/contacts/{contact_id}/actions/withdraw")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"])


async def test_an_opt_out_waits_for_a_campaign_and_is_not_undone_by_it(office: Office) -> None:
    """The first contact is refused, which takes the log; then somebody who holds the second's number wants the log."""
    campaign_id = await office.create()
    await office.agree(BERT)
    await office.add(campaign_id, contact("c1", ANNA))
    await office.add(campaign_id, contact("c2", BERT))
    await office.act(campaign_id, "start")
    held = asyncio.Event()

    async def opt_out() -> None:
        act = Act(action="suppression.added", actor=Actor(kind="system", id="x"), object_kind="suppression")
        async with office.records.unit_of_work(TENANT) as work:
            await work.outbound.hold(number_hash(PEPPER, BERT))
            held.set()
            await asyncio.sleep(0.5)
            await work.audit.append(act, NOON)
            await work.commit()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(opt_out())
        await held.wait()
        calls = await office.look()

    assert len(calls) == 1
    assert {one["state"] for one in await office.contacts(campaign_id)} == {"refused", "calling"}


@pytest.mark.parametrize(("listed", "asked"), [("+442079460958", "+4402079460958"), (ANNA, "+112125550123")])
async def test_who_opted_out_is_not_called_however_the_number_is_written(
    office: Office, listed: str, asked: str
) -> None:
    office.until(datetime(2027, 1, 14, 15, tzinfo=UTC))  # in London and in New York
    for kind in ("PEWC", "EU_optin"):
        assert (await office.post("/v1/outbound-consents", {**CONSENT, "number": asked, "kind": kind})).is_success
    assert (await office.post("/v1/suppressions", {"number": listed, "source": "written"})).status_code == 201
    campaign_id = await office.create()
    await office.add(campaign_id, contact("a", asked))
    await office.act(campaign_id, "start")

    assert await office.look() == []
    assert (await only(office, campaign_id))["result"] == "do_not_call"


async def test_one_person_is_on_a_list_once_and_called_by_the_shorter_number(office: Office) -> None:
    await office.agree(ANNA)
    campaign_id = await office.create()

    told = await office.add(campaign_id, contact("a", "+112125550123"), contact("b", ANNA))

    assert (told["added"], told["refused"][0]["code"]) == (1, "number_taken")
    await office.act(campaign_id, "start")
    assert [call.callee for call in await office.look()] == [ANNA]


async def test_a_number_of_ours_is_known_also_when_the_settings_leave_out_its_plus(office: Office) -> None:
    seed = Seed(
        trunks={"carrier": {"outbound": {"address": "192.0.2.10"}}},
        numbers=[SeedNumber(number=LINE, profile="sky"), SeedNumber(number="12125550199", profile="sky")],
        profiles=[SeedProfile(name="sky", sha256="2" * 64, document={"outbound": {"identification": "Sky"}})],
    )
    await sow(office.records, seed, NOON, tenant_id=TENANT)
    campaign_id = await office.create()

    told = await office.add(campaign_id, contact("a", "+12125550199"))

    assert told["refused"][0]["code"] == "number_not_dialled"


@pytest.mark.parametrize("reason", [Reason.MEDIA_LOST, Reason.GATEWAY_LOST, Reason.INTERNAL])
async def test_who_answered_is_not_called_again_though_the_call_was_cut_off(office: Office, reason: Reason) -> None:
    campaign_id = await office.running(ANNA)
    await office.over((await office.look())[0], reason, Result.SERVER, answered=True)
    await office.look()

    assert (await only(office, campaign_id))["state"] == "done"


@pytest.mark.parametrize("reason", [Reason.NO_CAPACITY, Reason.WORKER_LOST, Reason.SHUTDOWN])
async def test_a_call_that_never_left_us_is_no_try(office: Office, reason: Reason) -> None:
    campaign_id = await office.running(ANNA, attempts=1, ends_at="2027-01-13T20:00:00Z")
    await office.over((await office.look())[0], reason, Result.SERVER)
    await office.look()

    there = await only(office, campaign_id)
    assert (there["state"], there["tries"]) == ("waiting", 0)
    office.clock.advance(301)
    assert len(await office.look()) == 1


async def test_one_number_that_the_network_refuses_is_called_no_oftener_than_any_and_stops_nothing(
    office: Office,
) -> None:
    campaign_id = await office.running(*MANY, at_once=20, attempts=2, retry_after_s=3600)
    dialled = []
    for _ in range(150):
        for call in await office.look(free=99):
            bad = call.callee == MANY[0]
            dialled += [office.clock.now()] if bad else []
            reason, result = (Reason.UNREACHABLE, Result.UPSTREAM) if bad else (Reason.CALLER_HUNG_UP, Result.SUCCESS)
            await office.over(call, reason, result)
        office.clock.advance(60)

    assert [later - first for first, later in pairwise(dialled)] == [timedelta(hours=1, minutes=1)]
    assert await office.state(campaign_id) == ("running", "")
    assert Counter(one["state"] for one in await office.contacts(campaign_id)) == {"done": 11, "given_up": 1}


async def test_a_wrong_password_stops_the_campaign_and_costs_nobody_their_place(office: Office) -> None:
    campaign_id = await office.running(*MANY, at_once=20, attempts=2)
    for _ in range(len(MANY)):
        for call in await office.look(free=99):
            await office.over(call, Reason.BAD_CREDENTIALS, Result.CLIENT)

    assert await office.state(campaign_id) == ("paused", "failing")
    assert {one["state"] for one in await office.contacts(campaign_id)} == {"waiting"}


async def test_a_short_list_whose_calls_all_fail_stops_too(office: Office) -> None:
    campaign_id = await office.running(ANNA, BERT, at_once=9, attempts=9, retry_after_s=300)
    for _ in range(6):
        for _ in range(2):
            for call in await office.look(free=99):
                await office.over(call, Reason.UNREACHABLE, Result.UPSTREAM)
        await office.look(free=99)
        office.clock.advance(301)

    assert await office.state(campaign_id) == ("paused", "failing")


async def test_an_agent_that_the_settings_name_no_more_stops_the_campaign(office: Office) -> None:
    campaign_id = await office.running(*MANY, profile="sky")
    rain = SeedProfile(name="rain", sha256="3" * 64, document={"outbound": {"identification": "Rain"}})
    numbers, trunks = [SeedNumber(number=LINE, profile="rain")], {"carrier": {"outbound": {"address": "192.0.2.10"}}}
    await sow(office.records, Seed(trunks=trunks, numbers=numbers, profiles=[rain]), NOON, tenant_id=TENANT)

    assert await office.look() == []
    assert await office.state(campaign_id) == ("paused", "no_way")
    sky = SeedProfile(name="sky", sha256="2" * 64, document={"outbound": {"identification": "Sky"}})
    await sow(office.records, Seed(trunks=trunks, numbers=numbers, profiles=[rain, sky]), NOON, tenant_id=TENANT)
    await office.act(campaign_id, "start")
    assert len(await office.look()) == 1


async def test_several_campaigns_leave_the_same_line_to_callers(office: Office) -> None:
    for place in range(4):
        await office.running(f"+1212555010{place}", name=f"c{place}")

    assert len(await office.look(free=3)) == 2  # one is kept


async def test_a_suppression_counts_though_the_clock_was_set_back_after_it(office: Office) -> None:
    await office.running(ANNA)
    office.clock.advance(600)
    assert (await office.post("/v1/suppressions", {"number": ANNA, "source": "written"})).status_code == 201
    office.clock.advance(-600)

    assert await office.look() == []


async def test_a_call_of_a_campaign_that_has_ended_by_then_is_not_dialled(office: Office) -> None:
    campaign_id = await office.running(ANNA, BERT)
    permits = DialPermits(records=office.records, book=office.parts.rules, clock=office.clock)
    (ended,) = await office.look()
    (paused,) = await office.look()
    await office.act(campaign_id, "pause")
    with pytest.raises(Conflict, match="does not want"):
        await permits.claim(TENANT, CallId(paused.call_id))
    await office.act(campaign_id, "start")
    await permits.claim(TENANT, CallId(paused.call_id))

    await office.act(campaign_id, "end")
    with pytest.raises(Conflict, match="does not want"):
        await permits.claim(TENANT, CallId(ended.call_id))


async def test_who_is_taken_off_the_list_while_refused_stays_off(office: Office) -> None:
    campaign_id = await office.create()
    await office.add(campaign_id, contact("c1", ANNA))
    await office.act(campaign_id, "start")
    await office.look()
    assert (await only(office, campaign_id))["state"] == "refused"

    assert await withdraw(office, campaign_id) == "withdrawn"

    await office.agree(ANNA)
    assert (await office.add(campaign_id, contact("c1", ANNA)))["known"] == 1
    assert await office.look() == []


async def test_taking_off_who_is_done_changes_nothing_and_is_not_written_down(office: Office) -> None:
    campaign_id = await office.running(ANNA)
    await office.over((await office.look())[0], Reason.CALLER_HUNG_UP)
    await office.look()

    assert await withdraw(office, campaign_id) == "done"
    assert await office.rows("SELECT action FROM audit_log WHERE object_kind = 'contact'") == []


async def test_a_place_that_is_corrected_counts(office: Office) -> None:
    office.until(datetime(2027, 1, 14, 13, 30, tzinfo=UTC))  # 8:30 in New York, 5:30 in Seattle
    campaign_id = await office.running(ANNA)

    assert (await office.add(campaign_id, contact("c0", ANNA, callee_place="US-WA")))["known"] == 1
    nowhere = await office.add(campaign_id, contact("c0", ANNA, callee_place="US-ZZ"))

    assert nowhere["refused"][0]["code"] == "place_unknown"
    assert await office.look() == []
    assert (await only(office, campaign_id))["not_before"].startswith("2027-01-14T16:00")


async def test_of_two_who_make_a_campaign_of_one_name_one_is_told_to_choose_another(office: Office) -> None:
    answers = await asyncio.gather(*(office.post("/v1/campaigns", {**CAMPAIGN, "name": "same"}) for _ in range(3)))

    assert sorted(one.status_code for one in answers) == [201, 409, 409]


async def test_one_damaged_number_does_not_hide_the_forecast_of_the_others(office: Office) -> None:
    campaign_id = await office.create()
    await office.agree(ANNA, BERT)
    await office.add(campaign_id, contact("c1", ANNA), contact("c2", BERT))
    async with office.records.engine.begin() as connection:
        await connection.execute(text("UPDATE campaign_contacts SET sealed = '\\x00' WHERE reference = 'c1'"))

    found = (await office.get(f"/v1/campaigns/{campaign_id}/forecast")).json()["items"]

    assert {one["reference"]: one["code"] for one in found} == {"c1": "damaged", "c2": ""}


async def test_a_long_list_is_closed_in_parts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (service, campaign_step):
        monkeypatch.setattr(module, "CLOSED_AT_ONCE", 5)
    campaign_id = await office.running(*MANY)

    await office.act(campaign_id, "end")
    await office.look()

    assert await office.state(campaign_id) == ("ended", "")
    assert await office.rows("SELECT DISTINCT state, sealed IS NULL FROM campaign_contacts") == [("given_up", True)]


@pytest.mark.parametrize("held", [{"number": LINE}, {"profile": "sky"}])
async def test_a_policy_for_metadata_reaches_the_list_and_a_hold_keeps_it(office: Office, held: dict[str, str]) -> None:
    campaign_id = await office.running(ANNA)
    await office.act(campaign_id, "end")
    policy = {"selector": {"number": LINE}, "content_class": "metadata", "days": 30}
    assert (await office.post("/v1/retention-policies", policy)).status_code == 201
    expiry = CampaignExpiry(office.records, office.parts.retention, office.clock)
    hold = {"matter": "m", "selector": held, "classes": ["metadata"], "reason": "r"}
    placed = await office.post("/v1/legal-holds", hold)
    assert placed.status_code == 201, placed.text
    office.clock.advance(timedelta(days=31).total_seconds())

    await expiry.run_all()
    assert len(await office.contacts(campaign_id)) == 1

    async with office.records.unit_of_work(TENANT) as work:
        for person in ("a", "b"):
            await work.legal_holds.release(placed.json()["id"], by=person, now=office.clock.now())
        await work.commit()
    await expiry.run_all()
    assert await office.rows("SELECT id FROM campaign_contacts") == []


async def test_decisions_and_calls_of_ours_live_as_long_as_evidence_of_consent(office: Office) -> None:
    await office.running(ANNA)
    assert len(await office.look()) == 1
    expiry = DecisionExpiry(office.records, office.parts.retention, office.clock)
    rows = "SELECT (SELECT count(*) FROM outbound_decisions), (SELECT count(*) FROM outbound_calls)"

    office.clock.advance(timedelta(days=2190).total_seconds())
    await expiry.run_all()
    kept = await office.rows(rows)
    office.clock.advance(timedelta(days=3).total_seconds())
    await expiry.run_all()

    assert (kept, await office.rows(rows)) == ([(1, 1)], [(0, 0)])


async def test_an_opt_out_that_only_the_log_of_its_call_brought_is_in_the_audit_log_once(office: Office) -> None:
    """As after three seconds without Postgres."""
    entry = "dnc_01K8X0A000000000000000000A"
    opted_out = ev.OptedOut(
        entry_id=entry, number_hash=number_hash(PEPPER, ANNA), campaign="spring", method="dtmf", rule="9", at_ms=1
    )
    started = ev.CallStarted(direction="outbound", transport="sip", caller=LINE, callee=ANNA, profile="sky")
    permits = DialPermits(records=office.records, book=office.parts.rules, clock=office.clock)

    await office.write("call_1", started, opted_out, at=NOON)
    await permits.enter_opt_out(TENANT, CallId("call_1"), opted_out)

    found = await office.rows("SELECT object_id FROM audit_log WHERE action = 'suppression.added'")
    assert found == [(entry,)]


async def test_a_webhook_can_be_removed_while_the_last_of_a_list_is_refused(office: Office) -> None:
    """The refusal takes the log; then somebody who removes who was to be told wants the log."""
    wanted = {"url": "https://crm.example/hook", "event_types": ["campaign.worked_off"]}
    hook = await office.post("/v1/webhooks", wanted)
    campaign_id = await office.create()
    await office.add(campaign_id, contact("c1", ANNA))  # without a consent
    await office.act(campaign_id, "start")
    held = asyncio.Event()

    async def remove() -> None:
        act = Act(action="webhook.removed", actor=Actor(kind="system", id="x"), object_kind="webhook")
        async with office.records.unit_of_work(TENANT) as work:
            await work.webhooks.remove(hook.json()["id"])
            held.set()
            await asyncio.sleep(0.5)
            await work.audit.append(act, NOON)
            await work.commit()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(remove())
        await held.wait()
        await office.look()

    assert await office.rows("SELECT id FROM webhook_endpoints") == []
    assert (await only(office, campaign_id))["state"] == "refused"


async def test_two_campaigns_that_wait_for_the_same_two_people_do_not_block_each_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.agree(ANNA, BERT)
    await office.look()  # a gateway is there
    first, second = await office.create(name="first"), await office.create(name="second")
    in_order = ((first, "a"), (first, "b"), (second, "b"), (second, "a"))  # who is added first is due first
    for campaign_id, one in in_order:
        await office.add(campaign_id, contact(one, {"a": ANNA, "b": BERT}[one]))
    for number in (ANNA, BERT):
        asked = {"number": number, "line": LINE, "purpose": "informational", "campaign": "other"}
        assert (await office.post("/v1/calls", asked)).status_code == 201
    async with office.records.engine.begin() as connection:  # and now somebody talks to them
        await connection.execute(text("UPDATE outbound_calls SET claimed_at = asked_at"))
    await office.act(first, "start")
    await office.act(second, "start")
    hold = OutboundRepository.hold

    async def slowly(self: OutboundRepository, hashed: str) -> None:
        await hold(self, hashed)
        await asyncio.sleep(0.2)

    monkeypatch.setattr(OutboundRepository, "hold", slowly)
    async with asyncio.TaskGroup() as tasks:
        for campaign_id in (first, second):
            tasks.create_task(office.dialler().go_on(TENANT, campaign_id))

    listed = [one for campaign_id in (first, second) for one in await office.contacts(campaign_id)]
    assert [one["state"] for one in listed] == ["waiting"] * 4
    assert {one["not_before"] for one in listed} == {"2027-01-13T17:05:00Z"}
