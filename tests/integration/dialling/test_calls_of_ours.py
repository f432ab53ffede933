"""Calls of ours on the wire: what a callee hears and when, and what is stored when they do not want to be called."""

import asyncio
from pathlib import Path

import numpy as np
import soxr
from sqlalchemy import text

from tests.integration.api.house import PEPPER, House
from tests.integration.dialling.stage import CALL, LINE, NUMBER, DialStage, dial_stage
from voiceagent.audio.frame import Pcm
from voiceagent.control.presence import Presence
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.records.number_hash import number_hash
from voiceagent.records.unit_of_work import Records
from voiceagent.testing.callee import Manners

_WIRE_HZ = 8000
_LOUD = 500
_PIECE = 2400  # samples of the wire: 300 ms find their place in a call surely


async def rows(house: House, query: str) -> list:
    async with house.records.engine.connect() as connection:
        return list(await connection.execute(text(query)))


def on_the_wire(pcm: Pcm) -> np.ndarray:
    """A prompt as a phone hears it, without the silence around it."""
    wire = soxr.resample(pcm.astype(np.float64), 16_000, _WIRE_HZ)
    loud = np.flatnonzero(np.abs(wire) > _LOUD)
    return wire[loud[0] : loud[-1] + 1]


def place_of(piece: np.ndarray, heard: np.ndarray) -> int:
    """Where `piece` begins in what was heard, in samples; its likeness there has to be almost 1."""
    size = 1 << (len(heard) + len(piece)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(heard)]
    place = int(np.argmax(products))
    there = heard[place : place + len(piece)]
    likeness = products[place] / (np.linalg.norm(piece) * np.linalg.norm(there) + 1e-9)
    assert likeness > 0.9, f"not heard: likeness {likeness:.2f}"
    return place


async def until_played(stage: DialStage, prompt: str, call_id: str, timeout_s: float = 30.0) -> None:
    async with asyncio.timeout(timeout_s):
        while True:
            journal = stage.journals.get(call_id)
            played = [getattr(event, "prompt", "") for event in journal.events] if journal else []
            if prompt in played:
                return
            await asyncio.sleep(0.05)


async def test_T_US_2_on_the_wire_the_opt_out_is_offered_within_two_seconds_of_who_calls(
    house: House, prompts: Path
) -> None:
    async with dial_stage(house, prompts) as stage:
        await stage.agree()
        call_id = await stage.place()
        await until_played(stage, "offer", call_id)
        heard = stage.callee.media.sound().astype(np.float64)
        stage.callee.media.press("9")
        journal = await stage.over(call_id)

    script = stage.profile.outbound
    assert script is not None
    who = on_the_wire(stage.prompts[script.identification].pcm)
    offer = on_the_wire(stage.prompts[script.offer].pcm)
    who_ends = place_of(who[-_PIECE:], heard) + _PIECE
    offer_begins = place_of(offer[:_PIECE], heard)
    assert 0 < (offer_begins - who_ends) / _WIRE_HZ <= 2.0
    assert np.abs(heard[: place_of(who[:_PIECE], heard) - 80]).max() < _LOUD  # nothing is said before it
    assert journal.types[:6] == [
        "call.started",
        "worker.leased",
        "leg.dialled",
        "leg.ringing",
        "leg.answered",
        "agent.said",
    ]


async def test_T_US_3_the_number_is_on_the_list_before_the_bye_which_comes_within_a_second_and_a_retry_is_refused(
    house: House, prompts: Path
) -> None:
    async with dial_stage(house, prompts) as stage:
        await stage.agree()
        call_id = await stage.place()
        await until_played(stage, "disclosure", call_id)
        async with _Holding(stage.house.records, number_hash(PEPPER, NUMBER)):
            stage.callee.media.press("9")
            await _opted_out(stage, call_id)
            await asyncio.sleep(0.3)
            silent = not stage.callee.all("BYE")  # the commit has to wait for us, and the call for it
        bye = await stage.callee.until("BYE")
        (committed_s,) = stage.permits.committed_s
        while_unwritten = await stage.ask()
        journal = await stage.over(call_id)
        retry = await stage.ask()

    assert silent
    assert committed_s < bye.at_s
    sent_after_s = [one.timestamp for one in stage.callee.media.heard if one.at_s >= committed_s]
    assert (sent_after_s[-1] - sent_after_s[0]) / _WIRE_HZ <= 1.0
    assert bye.at_s - committed_s <= 2.0  # of the machine's clock, which a busy one stretches
    assert (while_unwritten.status_code, while_unwritten.json()["code"]) == (409, "conflict")
    assert (retry.status_code, retry.json()["code"]) == (409, "do_not_call")
    assert [type(event).__name__ for event in journal.events].count("OptedOut") == 1
    assert journal.types[-1] == "call.ended"
    entries = await rows(house, "SELECT call_id, source, campaign FROM dnc_entries")
    assert entries == [(call_id, "keyed", "deliveries")]  # the log was written too, and is the same entry
    assert len(stage.callee.all("INVITE")) == 1


async def test_an_opt_out_whose_gateway_dies_before_the_commit_is_entered_from_the_log(
    house: House, prompts: Path
) -> None:
    async with dial_stage(house, prompts) as stage:
        await stage.agree()
        call_id = await stage.place()
        await until_played(stage, "disclosure", call_id)

        async def lost(*_: object) -> None:
            raise RuntimeError("the process is gone")

        stage.permits.enter_opt_out = lost  # type: ignore[method-assign]
        stage.callee.media.press("9")
        await _opted_out(stage, call_id)
        before = await stage.ask()
        await stage.over(call_id)
        after = await stage.ask()

    assert (before.status_code, before.json()["code"]) == (409, "conflict")  # its end is not recorded
    assert (after.status_code, after.json()["code"]) == (409, "do_not_call")


async def test_T_US_1_without_consent_no_gateway_hears_of_the_call(house: House, prompts: Path) -> None:
    async with dial_stage(house, prompts) as stage:
        refused = await stage.ask()

        assert (refused.status_code, refused.json()["code"]) == (409, "consent_missing")
        assert await house.redis.client.keys("va:gateway:*:commands") == []
        assert stage.callee.got == []


async def test_what_is_revoked_between_asking_and_dialling_is_not_dialled(house: House, prompts: Path) -> None:
    async with dial_stage(house, prompts) as stage:
        await stage.agree()
        call_id = (await stage.ask()).json()["id"]
        await stage.house.post("/v1/suppressions", {"number": NUMBER, "source": "web"})
        await stage.pass_on()
        journal = await stage.over(call_id)

        assert journal.types == ["call.started", "worker.leased", "leg.ended", "call.ended"]
        assert journal.events[-1].reason == "not_allowed"  # type: ignore[attr-defined]
        assert stage.callee.got == []
        assert await rows(house, "SELECT refused FROM outbound_calls") == [("do_not_call",)]
        assert await rows(house, "SELECT allowed, code FROM outbound_decisions ORDER BY allowed") == [
            (False, "do_not_call"),
            (True, ""),
        ]


async def test_a_call_is_dialled_once_however_often_a_gateway_hears_of_it(house: House, prompts: Path) -> None:
    async with dial_stage(house, prompts, Manners(final=486)) as stage:
        await stage.agree()
        call_id = (await stage.ask()).json()["id"]
        command = await stage.pass_on()
        first = await stage.over(call_id)
        await stage.orders.put(command)
        async with asyncio.timeout(10):
            while first.types.count("call.ended") < 2:
                await asyncio.sleep(0.02)

        assert [event.reason for event in first.events if type(event).__name__ == "CallEnded"] == [
            "busy",
            "not_allowed",
        ]
        assert len(stage.callee.all("INVITE")) == 1


async def test_of_two_calls_to_a_number_that_were_asked_for_at_once_one_is_dialled(house: House, prompts: Path) -> None:
    async with dial_stage(house, prompts) as stage:
        await stage.agree()
        asked = {str((await stage.ask()).json()["id"]) for _ in range(2)}
        for _ in asked:
            await stage.pass_on()
        first, reason = await _first_over(stage, asked)
        (other,) = asked - {first}
        await until_played(stage, "disclosure", other)

        assert reason == "not_allowed"
        assert len(stage.callee.all("INVITE")) == 1


async def test_who_waited_too_long_is_not_dialled(house: House, prompts: Path) -> None:
    async with dial_stage(house, prompts) as stage:
        await stage.agree()
        call_id = (await stage.ask()).json()["id"]
        stage.clock.advance(61)
        await stage.pass_on()
        journal = await stage.over(call_id)

        assert journal.events[-1].reason == "not_allowed"  # type: ignore[attr-defined]
        assert stage.callee.got == []


_NOT_CONFIGURED = (
    ({"line": "+12025550199"}, 400, "no number of yours"),
    ({"number": "+19002345678"}, 400, "premium-rate"),
    ({"number": LINE}, 400, "a number of yours"),
    ({"profile": "nobody"}, 404, "no agent profile nobody"),
    ({"profile": "silent"}, 409, "no `outbound` section"),
    ({"trunk": "inbound"}, 409, "no trunk for calls of yours"),
)


async def test_what_is_not_configured_is_refused_before_the_gate_is_asked(house: House, prompts: Path) -> None:
    async with dial_stage(house, prompts) as stage:
        async with house.records.unit_of_work(TenantId("ten_a")) as work:
            await work.agent_profiles.put("silent", "3" * 64, {}, SystemClock().now())
            await work.trunks.put("inbound", {}, SystemClock().now())
            await work.commit()
        answers = [(await stage.ask(**changed), status, told) for changed, status, told in _NOT_CONFIGURED]
        await Presence(house.redis).forget_gateway("sip-0")
        without_a_gateway = await house.post("/v1/calls", CALL)

        assert [answer.status_code for answer, _, _ in answers] == [status for _, status, _ in answers]
        assert all(told in answer.json()["detail"] for answer, _, told in answers)
        assert (without_a_gateway.status_code, without_a_gateway.json()["code"]) == (503, "no_capacity")
        assert await rows(house, "SELECT 1 FROM outbound_decisions") == []


async def _opted_out(stage: DialStage, call_id: str) -> None:
    async with asyncio.timeout(30):
        while "call.opted_out" not in stage.journals[call_id].types:
            await asyncio.sleep(0.01)


class _Holding:
    """Nobody else decides on the number, or enters it into a list, within."""

    def __init__(self, records: Records, hashed: str) -> None:
        self._work = records.unit_of_work(TenantId("ten_a"))
        self._hashed = hashed

    async def __aenter__(self) -> None:
        await self._work.__aenter__()
        await self._work.outbound.hold(self._hashed)

    async def __aexit__(self, *_: object) -> None:
        await self._work.__aexit__(None, None, None)


async def _first_over(stage: DialStage, asked: set[str]) -> tuple[str, str]:
    """Which of the calls ended first, and why."""
    async with asyncio.timeout(30):
        while True:
            for call_id in asked & stage.journals.keys():
                journal = stage.journals[call_id]
                if journal.types[-1:] == ["call.ended"]:
                    return call_id, journal.events[-1].reason  # type: ignore[attr-defined]
            await asyncio.sleep(0.02)
