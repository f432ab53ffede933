from datetime import UTC, datetime, timedelta

from voiceagent.records.captured_spans import CapturedSpan, captured_spans
from voiceagent.telephony.capture_events import TAIL_MS

_START = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def at(second: float) -> datetime:
    return _START + timedelta(seconds=second)


def spans(*log: tuple[str, float]) -> list[CapturedSpan]:
    return list(captured_spans((f"capture.{what}", at(second)) for what, second in log))


def test_a_span_ends_with_its_tail() -> None:
    tail = timedelta(milliseconds=TAIL_MS)

    assert spans(("started", 10), ("ended", 20)) == [CapturedSpan(since=at(10), until=at(20) + tail)]


def test_a_card_and_its_code_are_one_span_and_a_later_try_is_another() -> None:
    found = spans(("started", 10), ("ended", 20), ("started", 20), ("ended", 30), ("started", 60), ("ended", 61))

    assert [(span.since, span.until) for span in found] == [(at(10), at(33)), (at(60), at(64))]


def test_a_capture_whose_end_was_never_written_down_stays_open() -> None:
    assert spans(("started", 10)) == [CapturedSpan(since=at(10), until=None)]
    assert spans(("started", 10), ("started", 50), ("ended", 60)) == [CapturedSpan(since=at(10), until=at(63))]


def test_an_end_without_a_beginning_and_other_events_are_nothing() -> None:
    assert spans(("ended", 10)) == []
    assert captured_spans([("call.started", at(0))]) == ()
