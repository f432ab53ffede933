from xml.etree import ElementTree as ET

import numpy as np
import pytest

from voiceagent.apps.demo.measure import measure
from voiceagent.apps.demo.picture.from_events import backchannels_of, marks_of, stretches_of, without_overlaps
from voiceagent.apps.demo.picture.page import draw
from voiceagent.apps.demo.picture.scene import Act, Flag, Mark, Scene, Speaker, Stretch, Words, Work
from voiceagent.apps.demo.picture.text_flow import cut_to_row, sentences_of, wrap
from voiceagent.audio.frame import ms_to_samples
from voiceagent.core.ids import DelegationId, ToolCallId, UtteranceId
from voiceagent.core.termination import Reason, Result
from voiceagent.telephony.events import (
    AgentSaid,
    BargedIn,
    CallEnded,
    CallerSaid,
    CallEvent,
    ConsentGranted,
    DelegationEnded,
    DelegationStarted,
    RecordingStarted,
    ToolCalled,
)
from voiceagent.testing.caller.runner import SpokenLine
from voiceagent.testing.caller.script import Role

_UTTERANCE = UtteranceId("utt_1")


def _words(text: str, start_ms: int, end_ms: int, **more: str) -> Words:
    return Words(speaker=Speaker.AGENT, text=text, start_ms=start_ms, end_ms=end_ms, **more)


def _scene(**more: object) -> Scene:
    silence = np.zeros(ms_to_samples(30_000), np.int16)
    fields = {
        "title": "A <call> & more",
        "subtitle": "",
        "figures": (("1", "call"),),
        "said": silence,
        "heard": silence,
    }
    return Scene(**{**fields, **more})  # type: ignore[arg-type]


def _texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


def test_words_are_cut_where_the_row_ends() -> None:
    words = _words("one two three four", 0, 18_000)

    assert cut_to_row(words, 0, 9_000).text == "one two three"
    assert cut_to_row(words, 9_000, 20_000).text == "four"
    assert cut_to_row(words, 20_000, 40_000) is None


def test_words_that_begin_just_before_the_row_ends_are_written_in_the_next_one() -> None:
    words = _words("one two three four", 19_500, 24_000, note="result")

    before, after = cut_to_row(words, 0, 20_000), cut_to_row(words, 20_000, 40_000)

    assert (before.text, before.note) == ("", "")
    assert (after.text, after.note, after.start_ms) == ("one two three four", "result", 20_000)


def test_sentences_lie_in_time_as_their_letters_lie_in_the_text() -> None:
    first, second = sentences_of(_words("Twenty letters long. Twenty letters long.", 0, 4100))

    assert (first.text, first.start_ms, first.end_ms) == ("Twenty letters long.", 0, 2100)
    assert (second.text, second.start_ms, second.end_ms) == ("Twenty letters long.", 2100, 4100)


def test_a_sentence_too_short_to_be_drawn_alone_joins_the_next_one() -> None:
    (only,) = sentences_of(_words("Thanks. How can I help you today?", 0, 3000))

    assert only.text == "Thanks. How can I help you today?"


def test_text_wraps_and_says_where_the_unspoken_part_begins() -> None:
    lines = wrap(_words("aaa bbb", 0, 1000, unspoken="ccc ddd"), 60.0, 12.0, 4)

    assert [(line.text, line.unspoken) for line in lines] == [("aaa bbb", 7), ("ccc ddd", 0)]


def test_text_that_needs_too_many_lines_ends_in_an_ellipsis() -> None:
    lines = wrap(_words("aaa bbb ccc ddd", 0, 1000), 30.0, 12.0, 2)

    assert [line.text for line in lines] == ["aaa", "bbb …"]


def test_the_picture_is_one_document_with_everything_in_it() -> None:
    heard = np.zeros(ms_to_samples(30_000), np.int16)
    heard[ms_to_samples(1000) : ms_to_samples(4000)] = 8000
    svg = draw(
        _scene(
            heard=heard,
            words=(_words("Hello & welcome.", 1000, 4000, note="disclosure", unspoken="Never heard."),),
            marks=tuple(Mark(act=act, at_ms=2000) for act in Act),
            stretches=(Stretch(kind="response", start_ms=5000, end_ms=5430),),
            works=(Work(label="orders: crm", start_ms=21_000, end_ms=22_000, ok=True),),
            flags=(Flag(text="agent hung up", at_ms=29_500, tone="good"),),
            recording_from_ms=4500,
        )
    )

    texts = _texts(svg)

    assert {"A <call> & more", "Hello & welcome. Never heard.", "disclosure", "430 ms"} <= set(texts)
    assert {"orders: crm", "agent hung up", "0:20", "0:25"} <= set(texts)
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("total_ms", [0, 20, 20_000])
def test_a_call_of_any_length_can_be_drawn(total_ms: int) -> None:
    silence = np.zeros(ms_to_samples(total_ms), np.int16)

    assert draw(_scene(said=silence, heard=silence)).startswith("<svg")


def test_events_become_words_marks_and_work_on_the_recordings_clock() -> None:
    delegation = DelegationId("del_1")
    events: list[CallEvent] = [
        ConsentGranted(purpose="recording", method="voice", question_sha256="", at_ms=100),
        RecordingStarted(recording_id="rec_1", at_ms=120),
        CallerSaid(text="where is it", start_ms=200, end_ms=300, understood=True, confidence=1.0),
        DelegationStarted(delegation_id=delegation, intent="order", at_ms=310),
        ToolCalled(
            tool_call_id=ToolCallId("tool_1"),
            delegation_id=delegation,
            name="crm",
            arguments={},
            status="ok",
            result={},
            duration_ms=9,
        ),
        DelegationEnded(delegation_id=delegation, outcome="woven", at_ms=330),
        AgentSaid(
            utterance_id=_UTTERANCE,
            kind="result",
            planned="It comes on Monday.",
            played="It comes",
            start_ms=400,
            end_ms=500,
            completed=False,
        ),
        BargedIn(at_ms=500, utterance_id=_UTTERANCE, method="voice", stop_ms=90),
        CallEnded(result=Result.SUCCESS, reason=Reason.AGENT_HUNG_UP, duration_ms=900),
    ]

    drawn = marks_of(events, 50)

    assert [(w.speaker, w.text, w.unspoken, w.start_ms) for w in drawn.words] == [
        (Speaker.CALLER, "where is it", "", 250),
        (Speaker.AGENT, "It comes", "on Monday.", 450),
    ]
    assert drawn.works == [Work(label="order: crm ok in 9 ms", start_ms=360, end_ms=380, ok=True)]
    assert drawn.marks == [Mark(act=Act.STOP, at_ms=550)]
    assert [(flag.text, flag.at_ms) for flag in drawn.flags] == [
        ("consent to recording granted (voice)", 150),
        ("agent hung up", 950),
    ]
    assert drawn.recording_from_ms == 170


def test_withheld_words_are_not_drawn_as_not_understood() -> None:
    event = CallerSaid(text="", start_ms=0, end_ms=9, understood=True, confidence=1.0, withheld=True)

    assert [words.text for words in marks_of([event], 0).words] == ["(words not kept)"]


def test_measured_figures_become_brackets_and_backchannels_words() -> None:
    heard = np.zeros(ms_to_samples(9000), np.int16)
    heard[: ms_to_samples(2300)] = 3000
    heard[ms_to_samples(5500) : ms_to_samples(8000)] = 3000
    lines = [
        SpokenLine(text="mm", role=Role.BACKCHANNEL, start=ms_to_samples(500), end=ms_to_samples(800)),
        SpokenLine(text="no", role=Role.BARGE_IN, start=ms_to_samples(2000), end=ms_to_samples(5000)),
    ]

    measured = measure(heard, lines)

    assert stretches_of(measured) == (
        Stretch(kind="stop", start_ms=2000, end_ms=2300),
        Stretch(kind="response", start_ms=5000, end_ms=5500),
    )
    assert [(words.text, words.start_ms) for words in backchannels_of(measured)] == [("mm", 500)]


def test_what_the_platform_has_in_words_is_not_drawn_twice() -> None:
    said, same, other = _words("a", 0, 500), _words("b", 400, 600), _words("c", 600, 700)

    assert without_overlaps([said], [same, other]) == (said, other)
