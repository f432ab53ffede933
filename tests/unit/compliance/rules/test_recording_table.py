import itertools

import pytest

from voiceagent.compliance.rules.recording import (
    Answer,
    Recording,
    RecordingMode,
    consent_mode,
    recording_for,
    stricter,
)
from voiceagent.conversation.profile import ConsentMode

TABLE = """
              granted implied_after_notice denied      silent              joined_late
all_party     record  record_implied       off         off                 pause_until_notice
explicit_only record  off                  off         off                 pause_until_grant
one_party     record  record               off         record_after_notice continue_with_notice
mandatory     record  record               not_served  off_until_speech    notice_first
""".strip().splitlines()
CELLS = [
    (line.split()[0], answer, cell)
    for line in TABLE[1:]
    for answer, cell in zip(TABLE[0].split(), line.split()[1:], strict=True)
]


@pytest.mark.parametrize(("mode", "answer", "cell"), CELLS)
def test_each_cell_of_the_table(mode, answer, cell) -> None:
    assert recording_for(RecordingMode(mode), Answer(answer)) == cell


@pytest.mark.parametrize("answer", [Answer.IMPLIED, Answer.SILENT])
@pytest.mark.parametrize("mode", [RecordingMode.EXPLICIT_ONLY, RecordingMode.MANDATORY_EXPLICIT])
def test_T_ST_1_who_says_nothing_is_not_recorded_where_a_yes_is_asked_for(mode, answer) -> None:
    assert recording_for(mode, answer) in (Recording.OFF, Recording.NOT_SERVED)


def test_T_ST_1_a_silent_caller_is_at_most_implied() -> None:
    recorded = {mode for mode in RecordingMode if recording_for(mode, Answer.SILENT) is Recording.RECORD}

    assert recorded == set()


def test_nobody_who_says_no_is_recorded_anywhere() -> None:
    assert {recording_for(mode, Answer.DENIED) for mode in RecordingMode} == {Recording.OFF, Recording.NOT_SERVED}


def test_the_stricter_of_two_modes_satisfies_both() -> None:
    for one, other, third in itertools.product(RecordingMode, repeat=3):
        assert stricter(one, other) is stricter(other, one)
        assert stricter(one, one) is one
        assert stricter(stricter(one, other), third) is stricter(one, stricter(other, third))
    assert stricter(RecordingMode.ONE_PARTY, RecordingMode.EXPLICIT_ONLY) is RecordingMode.EXPLICIT_ONLY
    assert stricter(RecordingMode.EXPLICIT_ONLY, RecordingMode.MANDATORY) is RecordingMode.MANDATORY_EXPLICIT


@pytest.mark.parametrize(
    ("mode", "wanted", "asked"),
    [
        ("explicit_only", "implied", "explicit"),
        ("all_party", "implied", "implied"),
        ("one_party", "implied", "implied"),
        ("one_party", "explicit", "explicit"),
        ("mandatory_explicit", "implied", "explicit"),
    ],
)
def test_a_profile_may_ask_for_more_than_the_rules_but_not_for_less(mode, wanted, asked) -> None:
    assert consent_mode(RecordingMode(mode), ConsentMode(wanted)) is ConsentMode(asked)
