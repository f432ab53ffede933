from dataclasses import replace

from hypothesis import assume, given, strategies as st

from voiceagent.core.termination import Reason, Result
from voiceagent.records.log_merge import REAPED_AT_MOST, merge
from voiceagent.telephony.events import CallEnded, CallEvent, Recorded, RecordingSealed
from voiceagent.testing.sample_call import recorded, sample_events

LOG = recorded("call_1", sample_events())
LOST = CallEnded(result=Result.SERVER, reason=Reason.GATEWAY_LOST)
SALVAGED = next(
    replace(entry.event, salvaged=True, duration_ms=9_500) for entry in LOG if isinstance(entry.event, RecordingSealed)
)


def _stored(entries: list[Recorded], arriving: list[Recorded]) -> dict[int, Recorded]:
    """As the writer loads them: what the arriving events meet, and the tail."""
    places = {entry.seq for entry in arriving} | {entry.seq for entry in entries[-REAPED_AT_MOST:]}
    return {entry.seq: entry for entry in entries if entry.seq in places}


def _apply(stored: list[Recorded], arriving: list[Recorded]) -> list[Recorded]:
    last_seq = max((entry.seq for entry in stored), default=0)
    merged = merge(arriving, _stored(stored, arriving), last_seq)
    kept = [entry for entry in stored if entry.seq not in merged.displaced]
    return sorted([*kept, *merged.added], key=lambda entry: entry.seq)


@given(st.lists(st.sampled_from(LOG), max_size=30), st.lists(st.sampled_from(LOG), max_size=30))
def test_every_place_is_taken_once_and_by_the_first(first: list[Recorded], second: list[Recorded]) -> None:
    log = _apply(_apply([], first), second)

    assert log == sorted(set_of(first + second), key=lambda entry: entry.seq)


def set_of(entries: list[Recorded]) -> list[Recorded]:
    return list({entry.seq: entry for entry in entries}.values())


@given(
    st.integers(1, 18),
    st.sampled_from([[LOST], [SALVAGED, LOST]]),
    st.lists(st.integers(1, 5), min_size=1, max_size=8),
)
def test_late_events_win_against_the_reaper_however_they_are_cut(
    alive_until: int, written: list[CallEvent], sizes: list[int]
) -> None:
    assume(SALVAGED not in written or not _sealed(LOG[:alive_until]))  # only what is open is salvaged
    reaper = recorded("call_1", written, first_seq=alive_until + 1)
    log = _apply(LOG[:alive_until], reaper)

    at = alive_until
    for size in sizes:
        log = _apply(log, LOG[at : at + size])
        at += size

    arrived = LOG[:at]
    assert log[: len(arrived)] == arrived
    ends = [entry for entry in log if isinstance(entry.event, CallEnded)]
    assert len(ends) == 1
    assert log[-1] == ends[0]
    assert [entry.seq for entry in log] == list(range(1, len(log) + 1))
    assert (SALVAGED in [entry.event for entry in log]) == (SALVAGED in written and not _sealed(arrived))


def _sealed(entries: list[Recorded]) -> bool:
    return any(isinstance(entry.event, RecordingSealed) for entry in entries)


def test_the_reapers_end_does_not_come_twice() -> None:
    reaper = recorded("call_1", [LOST], first_seq=6)
    log = _apply(LOG[:5], reaper)

    assert _apply(log, reaper) == log


def test_the_reaper_does_not_displace_what_is_there() -> None:
    reaper = recorded("call_1", [LOST], first_seq=5)

    assert _apply(LOG[:5], reaper) == LOG[:5]
