from dataclasses import replace

import pytest

from voiceagent.records.write_backs import is_owed
from voiceagent.telephony.cdr import CallStatus, fold_all
from voiceagent.testing.sample_call import recorded, sample_events

START, *REST = sample_events()
ASKED_FOR = fold_all(recorded("call_1", [replace(START, write_back=True), *REST]))


def test_a_call_that_was_answered_and_has_ended_is_written_back_when_its_profile_asks_for_it():
    assert is_owed(ASKED_FOR)


@pytest.mark.parametrize(
    "change",
    [{"write_back": False}, {"status": CallStatus.ANSWERED}, {"status": CallStatus.REFUSED}, {"answered_at": None}],
)
def test_no_other_call_is(change):
    assert not is_owed(replace(ASKED_FOR, **change))
