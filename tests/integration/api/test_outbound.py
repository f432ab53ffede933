"""The gate of outbound calls over HTTP and real Postgres: what it asks, what it keeps, and that it decides in order."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.api.house import PEPPER, STRANGER, TENANT, House, TimedHouse, house_at
from voiceagent.core.clock import SystemClock
from voiceagent.records.number_hash import number_hash
from voiceagent.records.secrets import mint_api_key

NOON = datetime(2027, 1, 13, 17, tzinfo=UTC)  # a Wednesday, noon in New York
NUMBER, FLORIDA = "+12125550123", "+13055550123"
CONSENT = {
    "number": NUMBER,
    "seller": "Acme Inc",
    "kind": "PEWC",
    "captured_at": "2026-12-01T10:00:00Z",
    "source": "web form 7",
    "artefact_url": "https://records.example/consents/1",
    "artefact_sha256": "a" * 64,
    "signature_method": "E-SIGN click",
}
QUESTION = {"number": NUMBER, "purpose": "telemarketing", "campaign": "spring"}


class Gate(TimedHouse):
    """The API at a time that a test chooses."""

    async def ask(self, **changed: object) -> httpx.Response:
        return await self.post("/v1/outbound/decisions", {**QUESTION, **changed})

    async def agree(self, **changed: object) -> str:
        response = await self.post("/v1/outbound-consents", {**CONSENT, **changed})
        assert response.status_code == 201, response.text
        return response.json()["id"]

    async def load_lists(self, **numbers: str) -> None:
        for name in ("national", "state"):
            listed = {"version": "v1", "numbers": [numbers.get(name, "+12025550199")]}
            assert (await self.post(f"/v1/dnc-lists/{name}/numbers", listed)).status_code == 204
            done = await self.post(f"/v1/dnc-lists/{name}/actions/complete", {"version": "v1"})
            assert done.status_code == 200

    async def rows(self, query: str) -> list:
        async with self.records.engine.connect() as connection:
            return list(await connection.execute(text(query)))


@pytest.fixture
async def gate(house: House) -> AsyncIterator[Gate]:
    async with house_at(house, NOON, Gate) as made:
        yield made


async def test_T_US_1_without_consent_a_call_is_refused_and_the_refusal_is_kept(gate: Gate) -> None:
    await gate.load_lists()

    response = await gate.ask()

    problem = response.json()
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert (problem["code"], problem["decision"]["allowed"]) == ("consent_missing", False)
    assert "PEWC" in problem["detail"]
    kept = await gate.rows("SELECT id, allowed, code, number_hash FROM outbound_decisions")
    assert kept == [(problem["decision"]["id"], False, "consent_missing", number_hash(PEPPER, NUMBER))]


async def test_with_consent_fresh_lists_and_at_noon_a_call_is_allowed(gate: Gate) -> None:
    await gate.load_lists()
    await gate.agree()

    response = await gate.ask()

    decision = response.json()
    assert response.status_code == 201
    assert (decision["allowed"], decision["code"], decision["at"]) == (True, "", "2027-01-13T17:00:00Z")
    assert decision["rules"] == ["us-federal@2026.11.1"]
    assert decision["unsigned_rules"] == []
    assert all(check["passed"] for check in decision["checks"])


async def test_T_US_1_consent_in_writing_needs_its_evidence(gate: Gate) -> None:
    response = await gate.post("/v1/outbound-consents", {**CONSENT, "artefact_sha256": ""})

    assert response.status_code == 400
    assert "written consent has artefact_url" in response.json()["detail"]


async def test_a_consent_from_the_future_is_refused(gate: Gate) -> None:
    response = await gate.post("/v1/outbound-consents", {**CONSENT, "captured_at": "2027-01-13T17:00:01Z"})

    assert response.status_code == 400


async def test_a_revoked_consent_counts_no_more_and_is_not_revoked_twice(gate: Gate) -> None:
    await gate.load_lists()
    consent = await gate.agree()

    revoked = await gate.post(f"/v1/outbound-consents/{consent}/actions/revoke")
    again = await gate.post(f"/v1/outbound-consents/{consent}/actions/revoke")

    assert (revoked.status_code, again.status_code) == (200, 409)
    assert (await gate.ask()).json()["code"] == "consent_missing"


async def test_T_US_3_after_an_opt_out_the_number_is_refused_at_once(gate: Gate) -> None:
    await gate.load_lists()
    await gate.agree()
    assert (await gate.ask()).status_code == 201

    entered = await gate.post("/v1/suppressions", {"number": NUMBER, "source": "spoken", "call_id": "call_1"})
    refused = await gate.ask()

    assert entered.status_code == 201
    assert (refused.status_code, refused.json()["code"]) == (409, "do_not_call")
    assert (await gate.ask(purpose="informational")).json()["code"] == "do_not_call"


async def test_T_US_6_an_opt_out_of_one_campaign_is_one_of_all_from_2027_01_31(gate: Gate) -> None:
    await gate.load_lists()
    await gate.agree()
    await gate.post("/v1/suppressions", {"number": NUMBER, "source": "spoken", "campaign": "autumn"})

    assert (await gate.ask(campaign="autumn")).json()["code"] == "do_not_call"
    assert (await gate.ask()).status_code == 201
    gate.clock.advance(timedelta(days=18).total_seconds())
    assert (await gate.ask()).json()["code"] == "do_not_call"


async def test_a_lifted_suppression_stays_as_evidence(gate: Gate) -> None:
    await gate.load_lists()
    await gate.agree()
    entry = (await gate.post("/v1/suppressions", {"number": NUMBER, "source": "keyed"})).json()["id"]
    where = f"/v1/suppressions/{entry}"

    without = await gate.client.delete(where, headers=gate.bearer())
    lifted = await gate.client.delete(where, params={"reason": "asked_to_be_called"}, headers=gate.bearer())
    again = await gate.client.delete(where, params={"reason": "asked_to_be_called"}, headers=gate.bearer())

    assert (without.status_code, lifted.status_code, again.status_code) == (400, 204, 409)
    (shown,) = (await gate.get("/v1/suppressions")).json()["items"]
    assert (shown["id"], shown["lift_reason"]) == (entry, "asked_to_be_called")
    assert (await gate.ask()).status_code == 201


async def test_T_US_5_lists_older_than_31_days_block_telemarketing(gate: Gate) -> None:
    await gate.agree()
    assert (await gate.ask()).json()["code"] == "list_stale"
    await gate.load_lists()
    assert (await gate.ask()).status_code == 201

    gate.clock.advance(timedelta(days=31).total_seconds())
    assert (await gate.ask()).status_code == 201
    gate.clock.advance(60)

    assert (await gate.ask()).json()["code"] == "list_stale"
    assert (await gate.ask(purpose="informational")).status_code == 201


async def test_T_US_5_a_number_on_the_national_list_is_refused_until_a_version_without_it_counts(gate: Gate) -> None:
    await gate.agree()
    await gate.load_lists(national=NUMBER)
    assert (await gate.ask()).json()["code"] == "do_not_call"

    await gate.post("/v1/dnc-lists/national/numbers", {"version": "v2", "numbers": ["+12025550198"]})
    while_loading = await gate.ask()
    await gate.post("/v1/dnc-lists/national/actions/complete", {"version": "v2"})

    assert while_loading.json()["code"] == "do_not_call"
    assert (await gate.ask()).status_code == 201
    assert [(one["list"], one["rows"]) for one in (await gate.get("/v1/dnc-lists")).json()] == [
        ("national", 1),
        ("state", 1),
    ]


async def test_a_version_without_numbers_does_not_become_the_list(gate: Gate) -> None:
    response = await gate.post("/v1/dnc-lists/national/actions/complete", {"version": "v9"})

    assert response.status_code == 409


async def test_our_own_list_is_not_loaded_as_others_are(gate: Gate) -> None:
    response = await gate.post("/v1/dnc-lists/seller/numbers", {"version": "v1", "numbers": [NUMBER]})

    assert response.status_code == 400


async def test_T_US_4_at_night_there_a_call_is_refused_wherever_the_number_is_from(gate: Gate) -> None:
    gate.clock.advance(timedelta(hours=-4).total_seconds())  # 08:00 in New York, 03:00 in Honolulu
    await gate.load_lists()
    await gate.agree()

    assert (await gate.ask()).status_code == 201
    in_hawaii = await gate.ask(callee_place="US-HI")

    assert in_hawaii.json()["code"] == "outside_hours"
    assert "Wed 03:00 in Pacific/Honolulu" in in_hawaii.json()["detail"]


async def test_a_stated_place_adds_its_rules_to_those_of_the_number(gate: Gate) -> None:
    await gate.load_lists()
    await gate.agree()

    in_berlin = await gate.ask(callee_place="DE")

    assert in_berlin.json()["decision"]["rules"] == ["eu-gdpr-aiact@2026.11.1", "us-federal@2026.11.1"]
    assert in_berlin.json()["code"] == "consent_missing"
    assert (await gate.ask(callee_place="Berlin")).status_code == 400


async def test_T_ST_4_of_many_who_ask_at_once_three_are_allowed_in_florida(gate: Gate) -> None:
    await gate.load_lists()
    await gate.agree(number=FLORIDA)

    answers = await asyncio.gather(*(gate.ask(number=FLORIDA) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too_many_attempts"}


async def test_T_RP_4_a_stored_decision_is_decided_the_same_again(gate: Gate) -> None:
    await gate.load_lists()
    await gate.agree()
    allowed = (await gate.ask()).json()["id"]
    refused = (await gate.ask(number=FLORIDA)).json()["decision"]["id"]
    gate.clock.advance(timedelta(days=100).total_seconds())
    await gate.post("/v1/suppressions", {"number": NUMBER, "source": "spoken"})

    for decision in (allowed, refused):
        shown = (await gate.get(f"/v1/outbound/decisions/{decision}")).json()
        assert shown["replayed"] is True
        assert len(shown["evidence_sha256"]) == 64


async def test_a_decision_is_never_changed(gate: Gate, owner_engine: AsyncEngine) -> None:
    await gate.ask()

    for statement in ("UPDATE outbound_decisions SET allowed = true", "TRUNCATE outbound_decisions"):
        with pytest.raises(DatabaseError, match="never changed"):
            async with owner_engine.begin() as connection:
                await connection.execute(text(statement))


async def test_no_number_is_stored(gate: Gate) -> None:
    await gate.load_lists(national=NUMBER)
    await gate.agree()
    await gate.post("/v1/suppressions", {"number": NUMBER, "source": "spoken"})
    await gate.ask()

    for table in ("outbound_consents", "dnc_entries", "outbound_decisions"):
        rows = await gate.rows(f"SELECT t::text FROM {table} t")  # noqa: S608 - of the line above
        assert rows
        assert NUMBER.removeprefix("+1") not in str(rows)


async def test_another_tenant_sees_and_changes_nothing(gate: Gate) -> None:
    await gate.load_lists()
    consent = await gate.agree()
    decision = (await gate.ask()).json()["id"]
    entry = (await gate.post("/v1/suppressions", {"number": NUMBER, "source": "web"})).json()["id"]

    assert (await gate.get("/v1/suppressions", STRANGER)).json()["items"] == []
    assert (await gate.get("/v1/dnc-lists", STRANGER)).json() == []
    assert (await gate.post("/v1/suppressions/actions/find", {"number": NUMBER}, STRANGER)).json() == []
    assert (await gate.get(f"/v1/outbound/decisions/{decision}", STRANGER)).status_code == 404
    revoke = await gate.post(f"/v1/outbound-consents/{consent}/actions/revoke", tenant=STRANGER)
    lift = await gate.client.delete(
        f"/v1/suppressions/{entry}", params={"reason": "entered_by_mistake"}, headers=gate.bearer(STRANGER)
    )
    asked = await gate.post("/v1/outbound/decisions", QUESTION, STRANGER)
    assert (revoke.status_code, lift.status_code, asked.json()["code"]) == (404, 404, "consent_missing")
    found = (await gate.post("/v1/suppressions/actions/find", {"number": NUMBER})).json()
    assert [one["id"] for one in found] == [entry]


async def test_suppressions_come_in_pages(gate: Gate) -> None:
    for _ in range(3):
        await gate.post("/v1/suppressions", {"number": NUMBER, "source": "written"})
        gate.clock.advance(1)

    first = (await gate.get("/v1/suppressions?limit=2")).json()
    second = (await gate.get(f"/v1/suppressions?limit=2&cursor={first['next_cursor']}")).json()

    times = [one["requested_at"] for one in [*first["items"], *second["items"]]]
    assert len(set(times)) == 3
    assert times == sorted(times, reverse=True)
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "wrong", [{"number": "2125550123"}, {"number": "+1"}, {"purpose": "fun"}, {"campaign": ""}, {"extra": 1}]
)
async def test_what_is_no_question_is_told_and_not_kept(gate: Gate, wrong: dict) -> None:
    assert (await gate.ask(**wrong)).status_code == 400
    assert await gate.rows("SELECT 1 FROM outbound_decisions") == []


async def test_a_key_for_reading_does_not_decide(gate: Gate) -> None:
    minted = mint_api_key()
    async with gate.records.unit_of_work(TENANT) as work:
        await work.api_keys.add("reads", minted, frozenset({"outbound:read"}), SystemClock().now())
        await work.commit()

    for path, body in (("/v1/outbound/decisions", QUESTION), ("/v1/outbound-consents", CONSENT)):
        bearer = {"Authorization": f"Bearer {minted.plain}"}
        response = await gate.client.post(path, json=body, headers=bearer)
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")
