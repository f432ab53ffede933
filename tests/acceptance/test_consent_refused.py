"""Without consent a call is served like any other and leaves no sound and no words behind, anywhere."""

from dataclasses import dataclass

import pytest

from tests.acceptance.harness.api import Record, kinds
from tests.acceptance.harness.callers import (
    ANSWER,
    GREETING,
    OPENING,
    SLOT_QUESTION,
    UNTIL_END,
    CalledBack,
    Caller,
    press,
    say,
)
from tests.acceptance.harness.installation import BRIEF
from tests.acceptance.harness.resemblance import SAID, resemblance
from tests.acceptance.harness.scripted import QUESTION as ORDER_QUESTION, line_of, spoken_by
from tests.acceptance.harness.sound import SAME
from tests.acceptance.harness.traces import (
    audio_files,
    changed_files,
    files_with_sound,
    files_with_text,
    keys_with_text,
    rows_with_text,
    stamps,
    stands_in,
)
from voiceagent.audio.frame import ms_to_samples

pytestmark = pytest.mark.timeout(180)

HALF_SECOND = ms_to_samples(500)
NO = "No, thank you."
QUESTION = "Where is my order?"
GOODBYE = "That's all, thank you."
NOT_FOUND = "I can not find an order 8 3 9 5 6 2."
SECRETS = ("839562", "8 3 9 5 6 2", "eight three nine five six two")  # in no CRM or profile: the caller alone tells
SPOKEN = ("no thank you", "where is my order", "that's all")  # in every profile too, so searched call by call
THEN_ASK = (GREETING, say(QUESTION), SLOT_QUESTION, press("839562#"), ANSWER, say(GOODBYE), UNTIL_END)
WAYS = {
    "voice": (OPENING, say(NO), *THEN_ASK),
    "dtmf": (OPENING, press("2"), *THEN_ASK),
    "no_answer": (OPENING, ANSWER, *THEN_ASK),  # the second question, and then the talk
}


@dataclass(frozen=True)
class Refused:
    back: CalledBack
    call: Record
    log: list[Record]


@pytest.fixture(scope="module")
def traces(house, scripted_call):
    """The files as they were before anybody refused, after the call of somebody who did not."""
    return stamps(house.state)


@pytest.fixture(scope="module")
def refused(house, traces, tmp_path_factory):
    """One call for each way of not consenting, at the same time."""
    callers = {way: Caller(house.uri(BRIEF), steps, tmp_path_factory.mktemp(way)) for way, steps in WAYS.items()}
    backs = {way: caller.finish() for way, caller in callers.items()}
    calls = {way: house.api.ended(sip_call_id=back.report.sip_call_id) for way, back in backs.items()}
    return {way: Refused(backs[way], calls[way], house.api.events(calls[way]["id"])) for way in WAYS}


@pytest.mark.parametrize("way", WAYS)
def test_the_refusal_is_on_record_and_the_call_is_served(house, refused, way):
    one = refused[way]
    denied = [event["data"] for event in one.log if event["type"] == "consent.denied"]

    assert one.back.report.failure == ""
    assert [event["method"] for event in denied] == [way]
    assert one.call["consent"]["recording"] == "denied"
    assert (one.call["result"], one.call["ended_reason"]) == ("success", "agent_hung_up")
    assert resemblance(spoken_by(house.profiles["brief"], NOT_FOUND), one.back.heard) > SAID


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_recorded(house, refused, way):
    one = refused[way]

    assert one.call["recording"]["status"] == "off"
    assert house.api.recording(one.call["id"]) is None
    assert "recording.started" not in kinds(one.log)


@pytest.mark.parametrize("way", WAYS)
def test_the_transcript_has_no_words_but_those_of_the_opening(house, refused, way):
    segments = house.api.transcript(refused[way].call["id"])

    assert {segment["text"] for segment in segments if segment["speaker"] == "caller"} <= {""}
    spoken = {segment["kind"] for segment in segments if segment["text"]}
    assert spoken == {"disclosure", "notice", "consent"}


def test_no_audio_byte_is_on_disk(house, refused, traces):
    written = changed_files(house.state, traces)

    assert audio_files(written) == []
    question, no = line_of(refused["dtmf"].back, QUESTION), line_of(refused["voice"].back, NO)
    assert list(files_with_sound(written, [question[:HALF_SECOND], no[:HALF_SECOND]], SAME)) == []


def test_no_word_of_the_caller_is_in_any_file_table_or_key(house, refused, traces):
    settings = house.platform.settings

    assert files_with_text(changed_files(house.state, traces), SECRETS) == []
    assert rows_with_text(settings.database_owner_url, SECRETS) == []
    assert keys_with_text(settings.redis_url, SECRETS) == []
    rows = [row for _, row in rows_with_text(settings.database_owner_url, SPOKEN)]
    assert [row for row in rows for one in refused.values() if one.call["id"] in row] == []


def test_the_same_search_finds_everything_of_a_caller_who_consented(house, scripted_call, tmp_path):
    written, settings = changed_files(house.state, scripted_call.before), house.platform.settings
    said = line_of(scripted_call.caller, ORDER_QUESTION)
    call_id, words = scripted_call.call["id"], ("four zero two one",)

    heard = tmp_path / "recording"
    heard.write_bytes(house.api.recording(call_id))
    pieces = [said[at : at + HALF_SECOND] for at in range(HALF_SECOND, 4 * HALF_SECOND, HALF_SECOND)]  # one may be cut
    assert audio_files([heard]) == list(files_with_sound([heard], pieces, SAME)) == [heard]
    stored = [path for path in written if call_id in str(path)]
    assert {path.suffix for path in stored} == {".enc"}, "the recording and the clip of the yes"
    assert list(files_with_sound(stored, pieces, SAME)) == []
    assert files_with_text(written, words) != []
    assert "public.call_events" in {table for table, _ in rows_with_text(settings.database_owner_url, words)}
    assert any(call_id.encode() in key for key in keys_with_text(settings.redis_url, words))


@pytest.mark.parametrize("data", [b'{"order":"839562"}', b"order839562is", b"\x0d839562\x00", b"8395622 839562"])
def test_the_search_finds_a_number_whatever_touches_it(data):
    assert stands_in("839562", data)


@pytest.mark.parametrize("data", [b"1795297839562-0", b"8395621795297", b"0.839562", b"839563"])
def test_the_search_takes_no_moment_for_a_number(data):
    assert not stands_in("839562", data)
