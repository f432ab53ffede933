from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import numpy as np
import pytest

from voiceagent.apps.demo.measure import measure
from voiceagent.apps.demo.outcome import Outcome
from voiceagent.apps.demo.report import report_of
from voiceagent.apps.demo.timeline import draw_timeline
from voiceagent.apps.demo.verdict import judge
from voiceagent.audio.frame import Pcm, ms_to_samples
from voiceagent.core.ids import DelegationId, ProposalId, ToolCallId, UtteranceId
from voiceagent.telephony.events import (
    AgentSaid,
    BargedIn,
    CallerSaid,
    CallEvent,
    CorrectionSpoken,
    DelegationStarted,
    DisclosurePlayed,
    EffectConfirmed,
    EffectDeclined,
    EffectProposed,
    ResultWoven,
    ToolCalled,
)
from voiceagent.testing.caller.report import CallerReport
from voiceagent.testing.caller.runner import SpokenLine
from voiceagent.testing.caller.script import Role, Shown

_WORK = DelegationId("del_1")
_SPEECH_MS = ((0, 3900), (5300, 9000), (12_500, 15_300), (18_800, 20_000))


def _heard(*speech_ms: tuple[int, int]) -> Pcm:
    pcm = np.zeros(ms_to_samples(21_000), np.int16)
    for start, end in speech_ms:
        pcm[ms_to_samples(start) : ms_to_samples(end)] = 3000
    return pcm


def _line(role: Role, start_ms: int, end_ms: int) -> SpokenLine:
    return SpokenLine(text=role.value, role=role, start=ms_to_samples(start_ms), end=ms_to_samples(end_ms))


_LINES = (
    _line(Role.ANSWER, 4200, 4900),
    _line(Role.BACKCHANNEL, 6000, 6400),
    _line(Role.QUESTION, 10_000, 12_000),
    _line(Role.BARGE_IN, 15_000, 18_300),
)


def _prompt(name: str, start_ms: int, end_ms: int) -> DisclosurePlayed:
    return DisclosurePlayed(prompt=name, sha256="", language="en", start_ms=start_ms, end_ms=end_ms, completed=True)


def _said(number: int, start_ms: int, end_ms: int, planned: str, played: str) -> AgentSaid:
    return AgentSaid(
        utterance_id=UtteranceId(f"utt_{number}"),
        kind="reply",
        planned=planned,
        played=played,
        start_ms=start_ms,
        end_ms=end_ms,
        completed=planned == played,
    )


def _proposed(number: int) -> EffectProposed:
    return EffectProposed(
        proposal_id=ProposalId(f"prop_{number}"),
        delegation_id=DelegationId("del_0"),
        utterance_id=UtteranceId("utt_1"),
        tool="crm.move",
        effect="write",
        at_ms=5000,
    )


_CONFIRMED = EffectConfirmed(proposal_id=ProposalId("prop_1"), delegation_id=_WORK, at_ms=9500)
_CORRECTED = CorrectionSpoken(
    utterance_id=UtteranceId("utt_2"),
    corrects=UtteranceId("utt_1"),
    field="eta",
    said="You",
    now="can",
    at_ms=5200,
)
_CHANGED = "what was changed had been read back and confirmed, and was carried out"
_EVENTS: tuple[CallEvent, ...] = (
    _prompt("disclosure", 0, 2000),
    _prompt("notice", 2000, 3800),
    CallerSaid(text="where is it", start_ms=4200, end_ms=4900, understood=True, confidence=0.9),
    ToolCalled(
        tool_call_id=ToolCallId("tool_1"),
        delegation_id=_WORK,
        name="crm.lookup_customer",
        arguments={},
        status="ok",
        result={"item": "hiking boots", "found": True, "eta": None},
        duration_ms=14,
    ),
    ResultWoven(delegation_id=_WORK, utterance_id=UtteranceId("utt_1"), at_ms=5200),
    _said(1, 5200, 8900, "Your hiking boots come soon.", "Your hiking boots come soon."),
    BargedIn(at_ms=15_200, utterance_id=UtteranceId("utt_2"), method="voice"),
    _said(2, 12_400, 15_200, "You can return it.", "You can"),
    _proposed(1),
    _CONFIRMED,
    DelegationStarted(delegation_id=_WORK, intent="order_status", at_ms=4500),
    _CORRECTED,
)


def _call(**more: Any) -> dict[str, Any]:
    return {
        "result": "success",
        "ended_reason": "agent_hung_up",
        "ended_detail": "",
        "disclosure": {"status": "completed"},
        "consent": {"recording": "granted"},
        "recording": {"status": "sealed"},
        "duration_ms": 20_400,
        "started_at": "2026-11-21T10:04:00Z",
        "transport": "sip",
        "codec": "PCMU",
        "from": "+12025550101",
        "to": "+15550100",
        **more,
    }


def _segment(speaker: str, text: str, start_ms: int, end_ms: int) -> dict[str, Any]:
    return {"speaker": speaker, "text": text, "start_ms": start_ms, "end_ms": end_ms}


def _outcome(**more: Any) -> Outcome:
    heard = _heard(*_SPEECH_MS)
    caller = CallerReport(
        uri="sip:1@x",
        sip_call_id="abc",
        answered=True,
        code=200,
        reason="OK",
        codec="PCMU",
        ended_by="agent",
        script="test",
        failure="",
        frames=1000,
        lines=_LINES,
        recording="caller.wav",
        mishaps={},
    )
    outcome = Outcome(
        call_id="call_1",
        company="Northwind",
        call=_call(),
        transcript=[
            _segment("agent", "Your hiking boots come soon.", 5200, 8900),
            _segment("agent", "You can", 12_400, 15_200),
        ],
        events=_EVENTS,
        records={"calls": 1, "call_events": 7, "consent_events": 3, "transcript_segments": 2, "tool_calls": 1},
        caller=caller,
        said=np.zeros(len(heard), np.int16),
        heard=heard,
        measured=measure(heard, _LINES),
        shift_ms=100,
        recording=Path("recording.wav"),
        timeline=Path("timeline.svg"),
        shows=frozenset(Shown),
    )
    return replace(outcome, **more)


def _failed(outcome: Outcome) -> list[str]:
    return [finding.expectation for finding in judge(outcome) if not finding.holds]


def test_a_call_that_did_everything_fails_no_expectation() -> None:
    assert _failed(_outcome()) == []


@pytest.mark.parametrize(
    ("change", "expectation"),
    [
        ({"call": _call(result="server", ended_reason="worker_lost")}, "the call ended in success"),
        ({"call": _call(consent={"recording": "denied"})}, "consent to recording was granted"),
        (
            {"call": _call(disclosure={"status": "cut_short"})},
            "disclosure and notice were played to their end and heard on the line",
        ),
        ({"records": {"calls": 1, "tool_calls": 0}}, "the records hold the call"),
        ({"recording": None}, "the recording is sealed and can be fetched"),
    ],
)
def test_what_the_records_do_not_show_fails(change: dict[str, Any], expectation: str) -> None:
    assert _failed(_outcome(**change)) == [expectation]


def test_a_disclosure_that_was_played_but_not_heard_fails() -> None:
    heard = _heard((3600, 3900), *_SPEECH_MS[1:])

    assert _failed(_outcome(heard=heard)) == ["disclosure and notice were played to their end and heard on the line"]


def test_a_script_that_got_stuck_fails() -> None:
    outcome = _outcome()
    stuck = msgspec.structs.replace(outcome.caller, failure="hear the agent hang up: not within 20 s")

    assert _failed(replace(outcome, caller=stuck)) == ["the caller's script went through to its end"]


def test_a_fact_that_the_tool_found_but_nobody_heard_fails() -> None:
    unheard = tuple(
        _said(1, 5200, 8900, "Sorry, I can not say.", "Sorry, I can not say.")
        if isinstance(event, AgentSaid) and event.utterance_id == "utt_1"
        else event
        for event in _EVENTS
    )

    assert _failed(_outcome(events=unheard)) == ["what each tool call found was heard in the agent's words"]


@pytest.mark.parametrize(
    "events",
    [
        tuple(event for event in _EVENTS if not isinstance(event, EffectProposed | EffectConfirmed)),
        tuple(event for event in _EVENTS if event is not _CONFIRMED),
        (*_EVENTS, _proposed(2)),
        (*_EVENTS, _proposed(2), EffectDeclined(proposal_id=ProposalId("prop_2"), reason="call_over", at_ms=9000)),
        tuple(
            replace(event, delegation_id=DelegationId("del_9")) if event is _CONFIRMED else event for event in _EVENTS
        ),
    ],
    ids=["nothing read back", "never confirmed", "left open", "hung up before the yes", "not carried out"],
)
def test_a_change_that_was_not_settled_fails(events: tuple[CallEvent, ...]) -> None:
    assert _failed(_outcome(events=events)) == [_CHANGED]


def test_a_change_that_the_caller_declined_is_settled() -> None:
    no = EffectDeclined(proposal_id=ProposalId("prop_2"), reason="declined", at_ms=9000)

    assert _failed(_outcome(events=(*_EVENTS, _proposed(2), no))) == []


def test_what_a_script_was_not_there_for_is_not_expected() -> None:
    bare = tuple(event for event in _EVENTS if isinstance(event, DisclosurePlayed | CallerSaid | AgentSaid | BargedIn))
    tool = tuple(event for event in _EVENTS if isinstance(event, ToolCalled | ResultWoven))

    assert _failed(_outcome(events=(*bare, *tool), shows=frozenset())) == []


@pytest.mark.parametrize("came_ms", [4700, 4950], ids=["before the caller was done", "after the caller was done"])
def test_an_answer_that_came_while_the_caller_was_talking_waits_until_they_are_done(came_ms: int) -> None:
    started = DelegationStarted(delegation_id=_WORK, intent="order_status", at_ms=came_ms - 14)
    events = tuple(started if isinstance(event, DelegationStarted) else event for event in _EVENTS)

    expected = [] if came_ms < 4800 else ["an answer that came while the caller was talking was told after that"]
    assert _failed(_outcome(events=events)) == expected


def test_an_answer_that_was_told_into_the_callers_words_fails() -> None:
    early = tuple(replace(event, at_ms=4700) if isinstance(event, ResultWoven) else event for event in _EVENTS)

    assert _failed(_outcome(events=early)) == ["an answer that came while the caller was talking was told after that"]


@pytest.mark.parametrize("said", ["sandals", None], ids=["named something else", "never"])
def test_what_was_not_taken_back_by_name_fails(said: str | None) -> None:
    others = tuple(event for event in _EVENTS if event is not _CORRECTED)
    events = (*others, replace(_CORRECTED, said=said)) if said else others

    assert _failed(_outcome(events=events)) == ["what was no longer true was taken back by name"]


def test_words_that_were_not_understood_fail_even_if_they_were_answered() -> None:
    unclear = CallerSaid(text="", start_ms=15_000, end_ms=18_300, understood=False, confidence=0.3)

    assert _failed(_outcome(events=(*_EVENTS, unclear))) == ["everything the caller said was understood"]


def test_a_slow_stop_fails() -> None:
    slow = _heard((0, 3900), (5300, 9000), (12_500, 15_700), (18_800, 20_000))

    assert _failed(_outcome(measured=measure(slow, _LINES))) == ["the agent stopped within 600 ms at each barge-in"]


def test_a_line_without_an_answer_fails() -> None:
    silent = _heard((0, 3900), (5300, 9000), (12_500, 15_300))

    assert _failed(_outcome(measured=measure(silent, _LINES))) == ["every line of the caller was answered"]


def test_a_backchannel_that_the_platform_took_for_a_turn_fails_even_if_nothing_was_heard_of_it() -> None:
    interrupted = BargedIn(at_ms=6300, utterance_id=UtteranceId("utt_1"), method="voice")

    assert _failed(_outcome(events=(*_EVENTS, interrupted))) == ["the agent went on through each backchannel"]


def test_the_report_has_the_agreed_form() -> None:
    report = report_of(_outcome())

    assert report == {
        "call_id": "call_1",
        "ended": {"result": "success", "reason": "agent_hung_up"},
        "disclosure": {"completed": True},
        "consent": {"recording": "granted"},
        "transcript": [
            {
                "speaker": "agent",
                "text": "Your hiking boots come soon.",
                "start_ms": 5200,
                "end_ms": 8900,
                "played": True,
            },
            {"speaker": "agent", "text": "You can", "start_ms": 12_400, "end_ms": 15_200, "played": True},
            {"speaker": "agent", "text": "return it.", "start_ms": 15_200, "end_ms": 15_200, "played": False},
        ],
        "tool_calls": [{"name": "crm.lookup_customer", "status": "ok", "ms": 14}],
        "response_latency_ms": [400, 500],
        "barge_in_stop_ms": [300],
        "backchannels_survived": 1,
        "recording": "recording.wav",
        "timeline": "timeline.svg",
        "records": {"calls": 1, "call_events": 7, "consent_events": 3, "transcript_segments": 2, "tool_calls": 1},
    }


def test_the_timeline_shows_the_measured_figures() -> None:
    texts = ["".join(node.itertext()) for node in ET.fromstring(draw_timeline(_outcome())).iter()]  # noqa: S314

    assert {"400 ms", "300 ms", "1 of 1", "Northwind: a call of 20 s", "500 ms"} <= set(texts)
