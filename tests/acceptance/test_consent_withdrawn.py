"""A caller ends the recording in the middle of the call, by key: the file ends there, and so do the words."""

import pytest

from tests.acceptance.harness.api import kinds
from tests.acceptance.harness.callers import ANSWER, GREETING, HANG_UP, OPENING, YES, Caller, listen, press, say
from tests.acceptance.harness.installation import BRIEF
from tests.acceptance.harness.resemblance import SAID, UNSAID, resemblance
from tests.acceptance.harness.scripted import line_of, spoken_by
from tests.acceptance.harness.sound import SAME, best_matches
from tests.acceptance.harness.traces import changed_files, files_with_text, rows_with_text, stamps
from voiceagent.audio.frame import ms_to_samples
from voiceagent.audio.wav import decode_wav

pytestmark = pytest.mark.timeout(120)

BEFORE, AFTER = "What are your opening hours?", "Where is my order?"
SECRET = "739461"
STEPS = (OPENING, YES, GREETING, say(BEFORE), ANSWER, press("*9"), listen(0.6), say(AFTER), listen(0.6))
STEPS += (press(f"{SECRET}#"), ANSWER, HANG_UP)


@pytest.fixture(scope="module")
def traces(house):
    return stamps(house.state)


@pytest.fixture(scope="module")
def back(house, traces, tmp_path_factory):
    return Caller(house.uri(BRIEF), STEPS, tmp_path_factory.mktemp("withdrawn")).finish()


@pytest.fixture(scope="module")
def call(house, back):
    return house.api.ended(sip_call_id=back.report.sip_call_id)


@pytest.fixture(scope="module")
def log(house, call):
    return house.api.events(call["id"])


def test_the_withdrawal_is_on_record_the_caller_hears_of_it_and_is_served(house, back, call, log):
    (withdrawn,) = [event["data"] for event in log if event["type"] == "consent.withdrawn"]

    assert back.report.failure == ""
    assert (withdrawn["method"], withdrawn["answer"], withdrawn["rule"]) == ("dtmf", "*9", "withdrawal_keys.1")
    assert (call["consent"]["recording"], call["recording"]["status"]) == ("withdrawn", "sealed")
    for text in ("Nothing more is recorded.", "I can not find an order 7 3 9 4 6 1."):
        assert resemblance(spoken_by(house.profiles["brief"], text), back.heard) > SAID


def test_T_GD_5_no_sample_of_the_recording_is_later_than_half_a_second_after_it(house, back, call, log):
    (at_ms,) = [event["data"]["at_ms"] for event in log if event["type"] == "consent.withdrawn"]
    (sealed,) = [event["data"] for event in log if event["type"] == "recording.sealed"]
    left, right = decode_wav(house.api.recording(call["id"])).channels
    pieces = [line_of(back, AFTER)[at : at + ms_to_samples(400)] for at in range(0, ms_to_samples(800), 3200)]

    assert kinds(log).index("recording.sealed") < kinds(log).index("call.ended") - 1  # at once, not with the call
    assert sealed["start_ms"] + len(left) / ms_to_samples(1) <= at_ms + 500
    assert len(left) == len(right)
    assert resemblance(line_of(back, BEFORE), left) > SAID
    assert resemblance(line_of(back, AFTER), left) < UNSAID
    assert max(best_matches(pieces, left)) < SAME


def test_no_word_after_it_is_in_any_file_or_table(house, call, traces):
    written = changed_files(house.state, traces)

    assert files_with_text(written, (SECRET, "seven three nine four six one")) == []
    assert rows_with_text(house.platform.settings.database_owner_url, (SECRET,)) == []
    texts = [segment["text"] for segment in house.api.transcript(call["id"]) if segment["speaker"] == "caller"]
    assert any("opening hours" in text for text in texts)
    assert not any("order" in text for text in texts)
