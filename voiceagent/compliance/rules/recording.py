"""Recording by rule and answer (compliance.md, 1.6): what a caller's answer means where their rules apply."""

from enum import StrEnum
from typing import Final

from voiceagent.conversation.profile import ConsentMode


class RecordingMode(StrEnum):
    """Whose consent recording takes, each stricter than those before; `mandatory` has to be recorded to be served."""

    ONE_PARTY = "one_party"
    ALL_PARTY = "all_party"
    EXPLICIT_ONLY = "explicit_only"
    MANDATORY = "mandatory"
    MANDATORY_EXPLICIT = "mandatory_explicit"  # of packs that together ask for both


class Answer(StrEnum):
    """What came of the notice."""

    GRANTED = "granted"
    IMPLIED = "implied_after_notice"  # they went on talking and did not say no
    DENIED = "denied"
    SILENT = "silent"  # and said nothing afterwards
    JOINED_LATE = "joined_late"  # somebody who has not heard the notice


class Recording(StrEnum):
    """What the recorder does."""

    RECORD = "record"
    RECORD_IMPLIED = "record_implied"  # and the record says that consent was implied
    OFF = "off"
    OFF_UNTIL_SPEECH = "off_until_speech"
    RECORD_AFTER_NOTICE = "record_after_notice"
    NOT_SERVED = "not_served"  # by an agent: a person or another channel
    PAUSE_UNTIL_NOTICE = "pause_until_notice"
    PAUSE_UNTIL_GRANT = "pause_until_grant"
    CONTINUE_WITH_NOTICE = "continue_with_notice"
    NOTICE_FIRST = "notice_first"


_M, _R = RecordingMode, Recording
_TABLE: Final = {
    Answer.GRANTED: dict.fromkeys(_M, _R.RECORD),
    Answer.IMPLIED: {
        _M.ONE_PARTY: _R.RECORD,
        _M.ALL_PARTY: _R.RECORD_IMPLIED,
        _M.EXPLICIT_ONLY: _R.OFF,
        _M.MANDATORY: _R.RECORD,
        _M.MANDATORY_EXPLICIT: _R.NOT_SERVED,
    },
    Answer.DENIED: {
        _M.ONE_PARTY: _R.OFF,  # it could be recorded; we honour a no anyway
        _M.ALL_PARTY: _R.OFF,
        _M.EXPLICIT_ONLY: _R.OFF,
        _M.MANDATORY: _R.NOT_SERVED,
        _M.MANDATORY_EXPLICIT: _R.NOT_SERVED,
    },
    Answer.SILENT: {
        _M.ONE_PARTY: _R.RECORD_AFTER_NOTICE,
        _M.ALL_PARTY: _R.OFF,
        _M.EXPLICIT_ONLY: _R.OFF,
        _M.MANDATORY: _R.OFF_UNTIL_SPEECH,
        _M.MANDATORY_EXPLICIT: _R.NOT_SERVED,
    },
    Answer.JOINED_LATE: {
        _M.ONE_PARTY: _R.CONTINUE_WITH_NOTICE,
        _M.ALL_PARTY: _R.PAUSE_UNTIL_NOTICE,
        _M.EXPLICIT_ONLY: _R.PAUSE_UNTIL_GRANT,
        _M.MANDATORY: _R.NOTICE_FIRST,
        _M.MANDATORY_EXPLICIT: _R.PAUSE_UNTIL_GRANT,
    },
}
_LEVEL: Final = (_M.ONE_PARTY, _M.ALL_PARTY, _M.EXPLICIT_ONLY)
_MANDATORY: Final = frozenset({_M.MANDATORY, _M.MANDATORY_EXPLICIT})
_EXPLICIT: Final = frozenset({_M.EXPLICIT_ONLY, _M.MANDATORY_EXPLICIT})


def recording_for(mode: RecordingMode, answer: Answer) -> Recording:
    """The cell of the table."""
    return _TABLE[answer][mode]


def stricter(one: RecordingMode, other: RecordingMode) -> RecordingMode:
    """What satisfies both."""
    if _MANDATORY & {one, other}:
        return _M.MANDATORY_EXPLICIT if _EXPLICIT & {one, other} else _M.MANDATORY
    return max(one, other, key=_LEVEL.index)


def consent_mode(mode: RecordingMode, wanted: ConsentMode) -> ConsentMode:
    """How the opening asks: a profile may ask for more than the rules do, never for less."""
    return ConsentMode.EXPLICIT if mode in _EXPLICIT else wanted


def is_mandatory(mode: RecordingMode) -> bool:
    return mode in _MANDATORY
