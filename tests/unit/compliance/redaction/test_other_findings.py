"""What somebody else finds is masked beside what our rules find, and changes nothing else."""

import pytest
from hypothesis import given, strategies as st

from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.compliance.redaction.entities import kind_of_entity
from voiceagent.compliance.redaction.redact import redact, redact_also
from voiceagent.compliance.redaction.values import Kind, Redacted, Span
from voiceagent.conversation.profile import RecordsChoice, WordsKept
from voiceagent.telephony import events as ev
from voiceagent.telephony.events import CallEvent
from voiceagent.testing.redaction.listed_entities import ListedEntities

MARIA = {"Maria Lopez": Kind.NAME, "Springfield": Kind.ADDRESS}


def also(text: str, *phrases: str, kind: Kind = Kind.NAME) -> Redacted:
    return redact_also(text, redact(text), ListedEntities(dict.fromkeys(phrases, kind)).find(text))


def caller(text: str) -> ev.CallerSaid:
    return ev.CallerSaid(text=text, start_ms=0, end_ms=900, understood=True, confidence=0.9)


def agent(planned: str, played: str) -> ev.AgentSaid:
    return ev.AgentSaid(
        utterance_id="utt_1", kind="reply", planned=planned, played=played, start_ms=0, end_ms=9, completed=True
    )


def tool(result: dict[str, object]) -> ev.ToolCalled:
    return ev.ToolCalled(
        tool_call_id="tool_1",
        delegation_id="del_1",
        name="crm",
        arguments={},
        status="ok",
        result=result,
        duration_ms=1,
    )


def test_both_findings_are_masked_and_counted() -> None:
    said = caller("it is for Maria Lopez in Springfield, card 4539 5787 6362 1486")

    kept = CallRedaction(finder=ListedEntities(MARIA)).kept(said)

    assert isinstance(kept, ev.CallerSaid)
    assert kept.text == "it is for [NAME] in [ADDRESS], card [CARD]"
    assert kept.redactions == {"name": 1, "address": 1, "card": 1}


def test_a_finding_within_what_is_masked_changes_nothing() -> None:
    text = "card 4539 5787 6362 1486 please"

    assert also(text, "5787 6362", "4539", kind=Kind.PHONE) == redact(text)


def test_of_a_finding_that_reaches_further_the_rest_is_masked_too() -> None:
    assert also("my name is Anna Keller of Oak", "Anna Keller of Oak", kind=Kind.ADDRESS).text == (
        "my name is [NAME] [ADDRESS]"
    )


def test_neighbours_of_a_kind_are_one() -> None:
    assert also("my name is Anna Keller Maria Lopez", "Maria Lopez").text == "my name is [NAME]"


def test_half_a_word_is_masked_as_the_whole_word_and_signs_around_it_stay() -> None:
    assert also("for Lopez-Garcia, please", "opez").text == "for [NAME]-Garcia, please"
    assert also("for Lopez, please", " Lopez, ").text == "for [NAME], please"
    assert also("for Lopez ... please", "...").text == "for Lopez ... please"


def test_a_mark_of_an_earlier_redaction_is_no_finding() -> None:
    assert also("for [NAME] and Lopez", "[NAME] and Lopez").text == "for [NAME] [NAME]"


def test_of_findings_that_overlap_the_longest_counts() -> None:
    found = [Span(start=0, end=5, kind=Kind.NUMBER), Span(start=0, end=11, kind=Kind.NAME)]

    assert redact_also("Maria Lopez", redact("Maria Lopez"), found).text == "[NAME]"


TEXTS = st.sampled_from(
    [
        "it is 4 5 3 9 5 7 8 7 and my name is Anna Keller, anna at example dot com",
        "[CARD] and 10 Oak Street, SW1A 1AA",
        "order 10482 comes on Tuesday",
        "one two three four five six seven eight, Mr. O\u2019Neil",
    ]
)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40), st.sampled_from(Kind)), max_size=6))
def test_no_finding_unmasks_or_moves_anything(text: str, drawn: list[tuple[int, int, Kind]]) -> None:
    found = [Span(start=start, end=start + length, kind=kind) for start, length, kind in drawn]
    ours, both = redact(text), redact_also(text, redact(text), found)

    masked = {at for span in both.spans for at in range(span.start, span.end)}
    assert {at for span in ours.spans for at in range(span.start, span.end)} <= masked
    rebuilt, at = "", 0
    for span in both.spans:
        rebuilt += text[at : span.start] + span.kind.mark
        at = span.end
    assert both.text == rebuilt + text[at:]
    assert redact(both.text).text == both.text


def test_what_the_call_masks_next_comes_of_our_own_rules_alone() -> None:
    finder = ListedEntities({"Maria": Kind.NAME, "card thing": Kind.CARD})
    call, plain = CallRedaction(finder=finder), CallRedaction()
    turns = [
        caller("the card thing for Maria"),
        agent("Thanks, mario maria", "Thanks, mario maria"),
        caller("it's 737"),
    ]

    with_finder, without = [call.kept(turn) for turn in turns], [plain.kept(turn) for turn in turns]

    assert isinstance(with_finder[0], ev.CallerSaid)
    assert with_finder[0].text == "the [CARD] for [NAME]"
    assert with_finder[1:] == without[1:]


def test_the_same_words_are_looked_at_once() -> None:
    finder = ListedEntities({})
    call = CallRedaction(finder=finder)

    call.kept(agent("Hello Maria", "Hello Maria"))
    call.kept(agent("Hello Maria", "Hello"))

    assert finder.asked == ["Hello Maria", "Hello Maria", "Hello"]


def test_all_words_that_were_said_are_shown() -> None:
    call = CallRedaction(finder=ListedEntities(MARIA))
    corrected = ev.CorrectionSpoken(
        utterance_id="utt_2", corrects="utt_1", field="recipient", said="Maria Lopez", now="for Maria Lopez", at_ms=1
    )
    granted = ev.ConsentGranted(
        purpose="recording", method="voice", question_sha256="q", at_ms=1, answer="yes, Maria Lopez here"
    )

    correction, consent = call.kept(corrected), call.kept(granted)

    assert isinstance(correction, ev.CorrectionSpoken)
    assert isinstance(consent, ev.ConsentGranted)
    assert (correction.said, correction.now, correction.redactions) == ("[NAME]", "for [NAME]", {"name": 2})
    assert consent.answer == "yes, [NAME] here"


@pytest.mark.parametrize(
    "event",
    [
        ev.TransferRequested(
            target="sip:desk@pbx", reference="r", intent="Springfield", slots={"note": "Maria Lopez"}, at_ms=1
        ),
        tool({"note": "Maria Lopez called"}),
        ev.Backchannelled(by="agent", text="mhm", at_ms=1),
        caller(""),
    ],
)
def test_fields_of_payloads_and_sounds_of_listening_are_not_shown(event: CallEvent) -> None:
    finder = ListedEntities(MARIA)

    CallRedaction(finder=finder).kept(event)

    assert finder.asked == []


def test_nobody_is_shown_words_that_are_kept_raw() -> None:
    finder = ListedEntities(MARIA)

    CallRedaction(RecordsChoice(words=WordsKept.RAW), finder).kept(caller("Maria Lopez"))

    assert finder.asked == []


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        ("PERSON", Kind.NAME),
        ("LOCATION", Kind.ADDRESS),
        ("US_SSN", Kind.SSN),
        ("IT_FISCAL_CODE", Kind.SSN),
        ("DATE_TIME", None),
        ("ORGANIZATION", None),
        ("UUID", None),
        ("CARDINAL", None),
    ],
)
def test_an_entity_has_a_kind_or_stays(entity: str, kind: Kind | None) -> None:
    assert kind_of_entity(entity) is kind
