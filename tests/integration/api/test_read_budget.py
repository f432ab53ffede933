"""Who listens for fun: people at the API, and what they may open in a day."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.integration.api.command_line import command_line
from tests.integration.api.house import TENANT, House
from voiceagent.api.app import create_app
from voiceagent.api.principal import Principal
from voiceagent.compliance.read_budget import ReadBudget
from voiceagent.compliance.roles import scopes_of
from voiceagent.core.clock import SystemClock
from voiceagent.core.termination import Reason, Result
from voiceagent.records.user_values import Person, Role
from voiceagent.telephony import events as ev

WHY = "?purpose=quality&reason=a check"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ADMIN = [Role.SUPERVISOR, Role.TENANT_ADMIN]


class SetClock(SystemClock):
    at = NOON

    def now(self) -> datetime:
        return self.at


class Known:
    """Whoever shows a user's id as their token is that user."""

    async def identify(self, token: str) -> Principal:
        return Principal(tenant_id=TENANT, id=token, holder=token, scopes=scopes_of(ADMIN))


class Listeners:
    """The API with a budget of three for people, and a clock that is set."""

    def __init__(self, house: House, client: httpx.AsyncClient, clock: SetClock, user: str) -> None:
        self.house, self.client, self.clock, self.user = house, client, clock, user

    async def open(self, what: str, by: str = "", **headers: str) -> int:
        bearer = {"Authorization": f"Bearer {by or self.user}", **headers}
        return (await self.client.get(f"/v1/calls/{what}", headers=bearer)).status_code

    async def noted(self) -> list[tuple[str, str, str]]:
        found = (await self.house.get("/v1/audit-events?limit=200")).json()["items"]
        return [(one["action"], one["result"], one["reason"]) for one in found if ".read" in one["action"]][::-1]


@pytest.fixture
async def listeners(house: House) -> AsyncIterator[Listeners]:
    async with house.parts.records.unit_of_work(TENANT) as work:
        anna = Person(issuer="https://login.example.com", subject="anna")
        user = await work.users.add(anna, frozenset(ADMIN), by="test", now=NOON)
        await work.commit()
    for number in range(5):
        await _call(house, f"c{number}", words="redacted" if number == 4 else "raw")
    clock = SetClock()
    parts = replace(house.parts, sign_in=Known(), clock=clock, raw_reads=ReadBudget(people=3))
    transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield Listeners(house, client, clock, user.id)


async def _call(house: House, name: str, *, words: str) -> None:
    (house.blob_root / f"{name}.wav").write_bytes(b"RIFF")
    await house.write(
        name,
        ev.CallStarted(direction="inbound", transport="sip", caller="+49301", callee="+49302", words=words),
        ev.RecordingStarted(recording_id=f"rec_{name}", at_ms=0),
        ev.RecordingSealed(
            recording_id=f"rec_{name}", path=f"{name}.wav", sha256="0" * 64, size_bytes=4, start_ms=0, duration_ms=4
        ),
        ev.CallEnded(result=Result.SUCCESS, reason=Reason.CALLER_HUNG_UP, duration_ms=4),
    )


async def test_T_SEC_5_one_raw_read_more_than_the_budget_is_blocked_and_noted_until_midnight(listeners):
    first = [await listeners.open(what) for what in (f"c0/recording{WHY}", "c1/transcript", "c2/events")]
    more = [await listeners.open(what) for what in (f"c3/recording{WHY}", "c3/transcript", "c0/events")]
    again = [
        await listeners.open(f"c0/recording{WHY}", Range="bytes=0-1"),
        await listeners.open("c1/events"),  # its words, once more
    ]
    masked = await listeners.open("c4/transcript")
    noted = await listeners.noted()
    listeners.clock.at = NOON.replace(hour=23, minute=59) + timedelta(minutes=1)

    assert (first, more, again, masked) == ([200, 200, 200], [429, 429, 429], [206, 200], 200)
    assert noted[2:4] == [("events.read", "ok", "raw"), ("recording.read", "refused", "read_budget")]
    assert noted[-1] == ("transcript.read", "ok", "")
    assert await listeners.open("c3/transcript") == 200  # the next day


async def test_T_SEC_5_neither_a_key_of_their_making_nor_many_at_once_open_more(listeners):
    bearer = {"Authorization": f"Bearer {listeners.user}"}
    body = {"name": "x", "scopes": ["calls:read", "recordings:read"]}
    key = (await listeners.client.post("/v1/api-keys", json=body, headers=bearer)).json()["key"]

    answers = await asyncio.gather(
        *(listeners.open(f"c{number}/recording{WHY}", by) for number in range(5) for by in (key, ""))
    )

    assert sorted(answers) == [200] * 6 + [429] * 4


async def test_T_SEC_5_a_live_log_counts_and_a_key_of_a_system_has_a_budget_of_its_own(listeners):
    for number in range(3):
        assert await listeners.open(f"c{number}/transcript") == 200

    live = await listeners.open("c3/events", Accept="text/event-stream", **{"Last-Event-ID": "1"})
    system = [await listeners.open(f"c{number}/transcript", listeners.house.keys[TENANT]) for number in range(4)]

    assert (live, system) == (429, [200] * 4)


async def test_T_SEC_5_the_report_of_a_week_tells_who_opened_how_much_and_who_looked_at_it(listeners):
    bearer = {"Authorization": f"Bearer {listeners.user}"}
    made = await listeners.client.post("/v1/api-keys", json={"name": "x", "scopes": ["calls:read"]}, headers=bearer)
    for what in (f"c0/recording{WHY}", "c1/transcript", "c1/events", f"c2/recording{WHY}", "c3/transcript"):
        await listeners.open(what)
    await listeners.open("c4/transcript", made.json()["key"])
    await listeners.open("c3/transcript", listeners.house.keys[TENANT])
    listeners.clock.at = NOON + timedelta(days=1)
    await listeners.open(f"c0/recording{WHY}")
    listeners.clock.at = NOON + timedelta(days=7)
    await listeners.open("c0/transcript")  # is of the next week

    report = (await listeners.client.get("/v1/access-reports/2030-W01", headers=bearer)).json()
    weeks = (await listeners.client.get("/v1/access-reports", headers=bearer)).json()["items"]

    person, system = report["items"]
    assert (report["since"], report["until"]) == ("2029-12-31T00:00:00Z", "2030-01-07T00:00:00Z")
    assert (person["holder"], person["actors"]) == (listeners.user, sorted([listeners.user, made.json()["id"]]))
    assert person["opened"] == {"recordings": 3, "words": 2, "transfers": 0, "packages": 0}
    assert (person["raw"], person["most_raw_in_a_day"], person["refused"]) == (4, 3, 1)
    assert person["purposes"] == {"quality": 3}
    assert (system["opened"]["words"], system["raw"]) == (1, 1)
    assert [(one["week"], one["read_by"]) for one in weeks[:2]] == [("2030-W02", ""), ("2030-W01", listeners.user)]


async def test_the_command_line_tells_of_the_week_that_is_over(listeners, monkeypatch):
    monday = listeners.house.parts.clock.now() - timedelta(weeks=1)
    listeners.clock.at = monday
    await listeners.open(f"c0/recording{WHY}")

    told = (await command_line(listeners.house, monkeypatch)("audit", "access")).stdout

    assert f"{listeners.user}  1 recordings; 1 not masked, 1 in one day; refused 0 times; for quality 1" in told


@pytest.mark.parametrize("week", ["2030-W54", "2030-W00", "0000-W01", "9999-W53", "2030-01", "2030-W1", "last"])
async def test_what_is_no_week_is_refused_in_a_sentence(house, week):
    answer = await house.get(f"/v1/access-reports/{week}")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
