from hypothesis import given, strategies as st

from voiceagent.conversation.caller_activity import CallerActivity, Span

_TURN_MS = 80


def follow(activity: CallerActivity, *probabilities: float) -> None:
    for index, probability in enumerate(probabilities):
        activity.step(probability, now_ms=_TURN_MS * (index + 1), turn_ms=_TURN_MS)


def test_speech_begins_at_the_start_of_the_micro_turn_that_holds_it():
    activity = CallerActivity()
    follow(activity, 0.0, 0.0, 0.5)

    assert activity.active
    assert activity.onset_ms == 160
    assert activity.silent_for_ms(240) == 0


def test_a_wavering_micro_turn_ends_no_span():
    activity = CallerActivity()
    follow(activity, 0.9, 0.4, 0.36, 0.9, 0.34)

    assert activity.last_span == Span(start_ms=0, end_ms=320)
    assert activity.silent_for_ms(400) == 80


def test_what_is_too_weak_to_begin_a_span_is_silence():
    activity = CallerActivity()
    follow(activity, 0.49, 0.49)

    assert not activity.active
    assert activity.silent_for_ms(160) == 160


@given(st.lists(st.floats(0, 1), max_size=60))
def test_spans_lie_within_the_call_and_are_not_empty(probabilities):
    activity = CallerActivity()
    for index, probability in enumerate(probabilities):
        now_ms = _TURN_MS * (index + 1)
        activity.step(probability, now_ms=now_ms, turn_ms=_TURN_MS)

        assert 0 <= activity.silent_for_ms(now_ms) <= now_ms
        if activity.last_span is not None:
            assert 0 <= activity.last_span.start_ms < activity.last_span.end_ms <= now_ms
