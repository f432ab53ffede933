"""Campaigns over HTTP, and the dialler of the jobs process over the same stores; here nobody's phone rings."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.integration.api.house import PEPPER, STRANGER, TENANT
from tests.integration.api.office import ANNA, BERT, CAMPAIGN, CARL, LINE, NOON, Office, contact
from voiceagent.core.termination import Reason, Result
from voiceagent.records.number_hash import number_hash
from voiceagent.records.seed import Seed, SeedNumber, sow


async def test_a_draft_calls_nobody_and_a_started_one_calls_who_agreed(office: Office) -> None:
    await office.agree(ANNA)
    campaign_id = await office.create()
    added = await office.add(campaign_id, contact("c1", ANNA))
    before = await office.look()
    await office.act(campaign_id, "start")

    (call,) = await office.look()

    assert (added, before) == ({"added": 1, "known": 0, "refused": []}, [])
    assert (call.callee, call.line, call.profile, call.trunk, call.campaign) == (ANNA, LINE, "sky", "carrier", "spring")
    (there,) = await office.contacts(campaign_id)
    assert (there["state"], there["tries"], there["call_id"]) == ("calling", 1, call.call_id)
    assert await office.rows("SELECT asked_by, allowed FROM outbound_decisions") == [(campaign_id, True)]
    assert await office.look() == []  # they are being called


async def test_the_number_is_sealed_while_it_is_to_be_called_and_forgotten_once_it_was(office: Office) -> None:
    campaign_id = await office.running(ANNA)
    (sealed,) = await office.rows("SELECT sealed FROM campaign_contacts")
    (call,) = await office.look()
    await office.over(call, Reason.CALLER_HUNG_UP)

    await office.look()

    (there,) = await office.contacts(campaign_id)
    assert (there["state"], there["result"]) == ("done", "caller_hung_up")
    assert await office.rows("SELECT sealed FROM campaign_contacts") == [(None,)]
    assert len(sealed[0]) > len(ANNA)
    assert ANNA.encode() not in sealed[0]
    assert ANNA not in str(await office.rows("SELECT * FROM campaign_contacts"))


async def test_contacts_that_were_sent_before_are_known_and_those_that_cannot_be_called_are_told(
    office: Office,
) -> None:
    campaign_id = await office.create()
    first = await office.add(campaign_id, contact("c1", ANNA), contact("c2", BERT))

    again = await office.add(
        campaign_id,
        contact("c1", ANNA),
        contact("c2", CARL),
        contact("c3", BERT),
        contact("c4", "0212 555"),
        contact("c5", LINE),
        contact("c6", "+19005550100"),
        contact("c7", CARL, callee_place="US-XX"),
        contact("c8", CARL),
        contact("c9", CARL),
    )

    assert first["added"] == 2
    assert (again["added"], again["known"]) == (1, 1)
    assert [(one["reference"], one["code"]) for one in again["refused"]] == [
        ("c2", "reference_taken"),
        ("c3", "number_taken"),
        ("c4", "number_malformed"),
        ("c5", "number_not_dialled"),
        ("c6", "number_not_dialled"),
        ("c7", "place_unknown"),
        ("c9", "number_taken"),
    ]


async def test_who_did_not_agree_is_refused_and_the_refusal_is_kept(office: Office) -> None:
    campaign_id = await office.running(BERT)
    await office.add(campaign_id, contact("nobody", ANNA))

    calls = [*await office.look(), *await office.look()]

    assert [call.callee for call in calls] == [BERT]
    found = {one["reference"]: (one["state"], one["result"]) for one in await office.contacts(campaign_id)}
    assert found == {"c0": ("calling", ""), "nobody": ("refused", "consent_missing")}
    kept = await office.rows("SELECT number_hash, code FROM outbound_decisions WHERE NOT allowed")
    assert kept == [(number_hash(PEPPER, ANNA), "consent_missing")]


async def test_who_was_refused_and_agrees_later_is_called_when_they_are_sent_again(office: Office) -> None:
    campaign_id = await office.create()
    await office.add(campaign_id, contact("c1", ANNA))
    await office.act(campaign_id, "start")
    refused = await office.look()
    await office.agree(ANNA)

    again = [await office.add(campaign_id, contact("c1", ANNA)) for _ in range(2)]

    assert refused == []
    assert [(one["added"], one["known"]) for one in again] == [(1, 0), (0, 1)]
    assert [call.callee for call in await office.look()] == [ANNA]


async def test_whoever_asks_not_to_be_called_is_not_called_by_a_campaign_that_runs(office: Office) -> None:
    campaign_id = await office.running(ANNA)
    assert (await office.post("/v1/suppressions", {"number": ANNA, "source": "written"})).status_code == 201

    assert await office.look() == []
    assert [one["result"] for one in await office.contacts(campaign_id)] == ["do_not_call"]


async def test_who_may_not_be_called_at_this_hour_waits_for_the_next_one_and_nothing_is_kept(office: Office) -> None:
    office.until(NOON + timedelta(hours=10))  # 22:00 in New York
    campaign_id = await office.running(ANNA)

    assert await office.look() == []
    (there,) = await office.contacts(campaign_id)
    assert (there["state"], there["not_before"]) == ("waiting", "2027-01-14T13:00:00Z")
    assert await office.rows("SELECT id FROM outbound_decisions") == []
    office.until(datetime(2027, 1, 14, 13, tzinfo=UTC))
    assert [call.callee for call in await office.look()] == [ANNA]


async def test_who_was_busy_is_called_again_later_and_not_for_ever(office: Office) -> None:
    campaign_id = await office.running(ANNA, attempts=2, retry_after_s=3600)
    (first,) = await office.look()
    await office.over(first, Reason.BUSY, Result.UPSTREAM)

    assert await office.look() == []
    office.clock.advance(3600)
    (second,) = await office.look()
    await office.over(second, Reason.NO_ANSWER, Result.UPSTREAM)
    assert await office.look() == []

    (there,) = await office.contacts(campaign_id)
    assert (there["state"], there["result"], there["tries"]) == ("given_up", "no_answer", 2)
    assert there["call_id"] == second.call_id != first.call_id


async def test_no_more_are_called_at_once_than_wanted_and_a_line_is_left_to_callers(office: Office) -> None:
    await office.running(ANNA, BERT, CARL, at_once=2)

    assert await office.look(free=1) == []
    assert [len(await office.look()) for _ in range(3)] == [1, 1, 0]


async def test_of_two_processes_that_look_at_once_one_places_the_call(office: Office) -> None:
    campaign_id = await office.running(ANNA)
    async with office.records.unit_of_work(TENANT) as other:
        assert await other.campaigns.take(campaign_id) is not None
        assert await office.look() == []

    assert len(await office.look()) == 1


async def test_a_call_that_was_placed_and_never_dialled_is_tried_again(office: Office) -> None:
    """As after a kill -9 between the commit and the command, or of the gateway that had it."""
    campaign_id = await office.running(ANNA, retry_after_s=600)
    assert len(await office.look()) == 1

    office.clock.advance(91)
    assert await office.look() == []
    (there,) = await office.contacts(campaign_id)
    assert (there["state"], there["result"], there["tries"]) == ("waiting", "not_dialled", 0)
    office.clock.advance(600)
    assert len(await office.look()) == 1


async def test_a_campaign_whose_calls_all_fail_stops_by_itself_and_goes_on_when_it_is_started_again(
    office: Office,
) -> None:
    numbers = [f"+1212555{place:04}" for place in range(100, 112)]
    campaign_id = await office.running(*numbers, at_once=20)
    for _ in range(11):
        for call in await office.look(free=99):
            await office.over(call, Reason.UNREACHABLE, Result.UPSTREAM)

    stopped = await office.state(campaign_id)
    assert stopped == ("paused", "failing")
    assert await office.look(free=99) == []
    office.clock.advance(60)
    await office.act(campaign_id, "start")
    assert await office.state(campaign_id) == ("running", "")
    assert len(await office.look(free=99)) == 1


async def test_a_list_that_is_not_fresh_stops_the_campaign_and_not_the_contacts(office: Office) -> None:
    campaign_id = await office.running(ANNA, purpose="telemarketing")

    assert await office.look() == []
    assert await office.state(campaign_id) == ("paused", "list_stale")
    assert [one["state"] for one in await office.contacts(campaign_id)] == ["waiting"]


async def test_a_line_that_is_taken_from_the_settings_stops_the_campaign(office: Office) -> None:
    campaign_id = await office.running(ANNA)
    await sow(office.records, Seed(numbers=[SeedNumber(number="+12025550177", profile="sky")]), NOON, tenant_id=TENANT)

    assert await office.look() == []
    assert await office.state(campaign_id) == ("paused", "no_way")
    refused = await office.post(f"/v1/campaigns/{campaign_id}/actions/start")
    assert refused.status_code == 400


async def test_a_pause_stops_calls_and_an_end_forgets_the_numbers(office: Office) -> None:
    campaign_id = await office.running(ANNA, BERT)
    (call,) = await office.look()
    await office.act(campaign_id, "pause")
    paused = await office.look()

    await office.act(campaign_id, "end")

    assert paused == []
    assert await office.rows("SELECT state, sealed IS NULL FROM campaign_contacts ORDER BY state") == [
        ("calling", False),
        ("given_up", True),
    ]
    await office.over(call, Reason.BUSY, Result.UPSTREAM)
    assert await office.look() == []
    assert await office.rows("SELECT DISTINCT state, sealed IS NULL FROM campaign_contacts") == [("given_up", True)]
    again = await office.post(f"/v1/campaigns/{campaign_id}/actions/start")
    late = await office.post(f"/v1/campaigns/{campaign_id}/contacts", {"contacts": [contact("c9", CARL)]})
    assert [again.status_code, late.status_code] == [409, 409]


@pytest.mark.parametrize("action", ["start", "pause", ""])
async def test_at_its_end_a_campaign_ends_by_itself_also_one_that_is_paused_or_was_never_started(
    office: Office, action: str
) -> None:
    campaign_id = await office.create()
    await office.add(campaign_id, contact("c1", ANNA))
    if action:
        await office.act(campaign_id, action)

    office.until(datetime(2027, 2, 12, 17, tzinfo=UTC))
    assert await office.look() == []

    assert await office.state(campaign_id) == ("ended", "time_over")
    assert await office.rows("SELECT state, sealed FROM campaign_contacts") == [("given_up", None)]


@pytest.mark.parametrize("ends_at", ["2027-01-13T16:59:59Z", "2027-04-14T17:00:00Z"])
async def test_a_campaign_ends_and_within_ninety_days(office: Office, ends_at: str) -> None:
    answer = await office.post("/v1/campaigns", {**CAMPAIGN, "ends_at": ends_at})

    assert (answer.status_code, "90 days" in answer.json()["detail"]) == (400, True)


async def test_a_name_is_given_once_and_a_line_has_to_be_ours(office: Office) -> None:
    await office.create()

    twice = await office.post("/v1/campaigns", CAMPAIGN)
    not_ours = await office.post("/v1/campaigns", {**CAMPAIGN, "name": "summer", "line": ANNA})

    assert [twice.status_code, not_ours.status_code] == [409, 400]


async def test_the_forecast_says_who_may_be_called_and_keeps_nothing(office: Office) -> None:
    await office.agree(ANNA)
    campaign_id = await office.create()
    await office.add(campaign_id, contact("c1", ANNA), contact("c2", BERT))

    page = (await office.get(f"/v1/campaigns/{campaign_id}/forecast")).json()

    told = sorted((one["reference"], one["allowed"], one["code"]) for one in page["items"])
    assert told == [("c1", True, ""), ("c2", False, "consent_missing")]
    assert ANNA not in str(page)
    assert await office.rows("SELECT id FROM outbound_decisions") == []


async def test_pages_of_contacts_follow_each_other_and_states_choose(office: Office) -> None:
    campaign_id = await office.create()
    await office.add(campaign_id, *(contact(f"c{place}", f"+1212555{place:04}") for place in range(100, 105)))
    first, *others = await office.contacts(campaign_id)
    path = f"/v1/campaigns/{campaign_id}/contacts"
    withdrawn = await office.post(f"{path}/{first['id']}/actions/withdraw")

    seen, cursor = [], ""
    while cursor is not None:
        page = (await office.get(f"{path}?limit=2&cursor={cursor}")).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    waiting = (await office.get(f"{path}?state=waiting")).json()["items"]
    detail = (await office.get(f"/v1/campaigns/{campaign_id}")).json()

    assert withdrawn.json()["state"] == "withdrawn"
    assert seen == [first["id"], *(one["id"] for one in others)]
    assert waiting == others
    assert detail["contacts"] == {"waiting": 4, "withdrawn": 1}


async def test_a_number_that_was_changed_in_the_table_is_not_called(office: Office) -> None:
    campaign_id = await office.running(ANNA, BERT)
    async with office.records.engine.begin() as connection:
        swap = """
            UPDATE campaign_contacts a SET sealed = b.sealed FROM campaign_contacts b
             WHERE a.reference = 'c0' AND b.reference = 'c1'
        """
        await connection.execute(text(swap))

    calls = [*await office.look(), *await office.look()]

    assert [call.callee for call in calls] == [BERT]
    assert sorted(one["result"] for one in await office.contacts(campaign_id)) == ["", "damaged"]


async def test_who_is_being_called_is_not_taken_off_and_who_was_withdrawn_is_not_called(office: Office) -> None:
    campaign_id = await office.running(ANNA, BERT)
    (call,) = await office.look()
    people = {one["state"]: one["id"] for one in await office.contacts(campaign_id)}
    path = f"/v1/campaigns/{campaign_id}/contacts"

    refused = await office.post(f"{path}/{people['calling']}/actions/withdraw")
    withdrawn = [await office.post(f"{path}/{people['waiting']}/actions/withdraw") for _ in range(2)]

    assert (refused.status_code, call.call_id in refused.json()["detail"]) == (409, True)
    assert [one.json()["state"] for one in withdrawn] == ["withdrawn", "withdrawn"]
    assert await office.look() == []
    assert await office.rows("SELECT count(*) FROM campaign_contacts WHERE sealed IS NOT NULL") == [(1,)]


async def test_one_whose_key_does_not_open_stops_and_the_others_go_on(office: Office) -> None:
    broken = await office.running(ANNA)
    await office.running(BERT, name="summer")
    async with office.records.engine.begin() as connection:
        await connection.execute(text("UPDATE campaigns SET key = 'nonsense' WHERE id = :id"), {"id": broken})

    assert [call.callee for call in await office.look()] == [BERT]
    assert await office.state(broken) == ("paused", "no_key")


async def test_a_stranger_sees_and_starts_nothing(office: Office) -> None:
    campaign_id = await office.create()

    seen = [
        (await office.get("/v1/campaigns", STRANGER)).json()["items"],
        (await office.get(f"/v1/campaigns/{campaign_id}", STRANGER)).status_code,
        (await office.post(f"/v1/campaigns/{campaign_id}/actions/start", tenant=STRANGER)).status_code,
    ]

    assert seen == [[], 404, 404]


async def test_what_is_done_with_a_campaign_stands_in_the_audit_log_without_numbers(office: Office) -> None:
    campaign_id = await office.running(ANNA)
    await office.look()
    await office.act(campaign_id, "end")

    acts = await office.rows("SELECT action FROM audit_log WHERE object_kind IN ('campaign', 'call') ORDER BY seq")

    assert [act for (act,) in acts] == [
        "campaign.created",
        "campaign.contacts_added",
        "campaign.running",
        "outbound_call.asked",
        "campaign.ended",
    ]
    assert ANNA not in str(await office.rows("SELECT * FROM audit_log"))
    assert ANNA not in str(await office.rows("SELECT details FROM audit_details"))
