import pytest

from voiceagent.apps.demo.narration import narrate, narrate_caller
from voiceagent.core.ids import LegId, UtteranceId
from voiceagent.core.termination import Reason, Result
from voiceagent.telephony.events import (
    AgentSaid,
    BargedIn,
    CallEnded,
    CallerSaid,
    CallEvent,
    ConsentDenied,
    FloorTaken,
    LegAnswered,
    LegRinging,
)
from voiceagent.testing.caller.report import Saying

_UTTERANCE = UtteranceId("utt_1")


def _agent(played: str, *, completed: bool, withheld: bool = False) -> AgentSaid:
    return AgentSaid(
        utterance_id=_UTTERANCE,
        kind="reply",
        planned="one two",
        played=played,
        start_ms=1000,
        end_ms=2000,
        completed=completed,
        withheld=withheld,
    )


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (_agent("one two", completed=True), ("agent", "one two", 1000)),
        (_agent("one", completed=False), ("agent", "one ▮", 1000)),
        (_agent("", completed=True, withheld=True), ("agent", "(words not kept)", 1000)),
        (
            CallerSaid(text="yes", start_ms=0, end_ms=9, understood=True, confidence=0.914, intent="consent"),
            ("", "heard: yes → consent (0.91)", 9),
        ),
        (
            CallerSaid(text="", start_ms=0, end_ms=9, understood=True, confidence=0.9, withheld=True),
            ("", "heard: words not kept (0.90)", 9),
        ),
        (
            CallerSaid(text="", start_ms=0, end_ms=9, understood=False, confidence=0.1),
            ("", "not understood", 9),
        ),
        (LegAnswered(leg_id=LegId("leg_1"), codec="PCMU"), ("call", "answered, PCMU", 0)),
        (
            ConsentDenied(purpose="recording", method="no_answer", question_sha256="", at_ms=5),
            ("consent", "consent to recording denied (no_answer)", 5),
        ),
        (
            FloorTaken(at_ms=5, utterance_id=_UTTERANCE, response_latency_ms=420),
            ("floor", "takes the floor after 420 ms", 5),
        ),
        (BargedIn(at_ms=5, utterance_id=_UTTERANCE, method="voice"), ("floor", "stops for the caller (voice)", 5)),
        (
            CallEnded(result=Result.SERVER, reason=Reason.WORKER_LOST, detail="gone", duration_ms=7),
            ("call", "worker lost (gone)", 7),
        ),
    ],
)
def test_events_become_lines(event: CallEvent, expected: tuple[str, str, int]) -> None:
    line = narrate(event)

    assert line is not None
    assert (line.who, line.text, line.at_ms) == expected


@pytest.mark.parametrize("event", [LegRinging(leg_id=LegId("leg_1")), _agent("", completed=False)])
def test_what_nobody_needs_to_see_is_left_out(event: CallEvent) -> None:
    assert narrate(event) is None


def test_the_callers_lines_say_how_they_are_meant() -> None:
    line = narrate_caller(Saying(text="Mm-hm.", role="backchannel", at_ms=20))

    assert line.text == "“Mm-hm.”  (over the agent, a sign of listening)"
