"""Digits that only one tool may see."""

import pickle

import pytest
from hypothesis import given, strategies as st

from voiceagent.conversation.card_number import is_card
from voiceagent.conversation.secure_capture import (
    LONGEST_MS,
    PAUSE_MS,
    AskAgain,
    Captured,
    CaptureEnd,
    CaptureTerms,
    Secret,
    SecureCapture,
)
from voiceagent.core.errors import ConfigError

CARD = "4111111111111111"
CARDS = CaptureTerms(min_length=12, max_length=19, card=True)
CODES = CaptureTerms(min_length=3, max_length=4)


def typed(capture: SecureCapture, keys: str, now_ms: int = 100) -> list[AskAgain | Captured]:
    outcomes = [capture.press(key, now_ms) for key in keys]
    return [outcome for outcome in outcomes if outcome is not None]


def test_a_card_number_and_the_hash_key_are_a_value() -> None:
    capture = SecureCapture(CARDS, 0)

    (outcome,) = typed(capture, f"{CARD}#")

    assert isinstance(outcome, Captured)
    assert outcome.end is CaptureEnd.COMPLETE
    assert outcome.value is not None
    assert outcome.value.reveal() == CARD
    assert not capture.running


def test_the_wished_length_ends_it_without_a_hash_key() -> None:
    (outcome,) = typed(SecureCapture(CODES, 0), "1234")

    assert isinstance(outcome, Captured)
    assert outcome.value is not None
    assert outcome.value.reveal() == "1234"


def test_a_pause_behind_enough_digits_ends_it_and_one_before_does_not() -> None:
    capture = SecureCapture(CODES, 0)
    typed(capture, "12", now_ms=0)

    assert capture.tick(PAUSE_MS) is None
    assert capture.press("3", PAUSE_MS) is None
    assert capture.tick(2 * PAUSE_MS - 1) is None
    assert isinstance(capture.tick(2 * PAUSE_MS), Captured)


def test_a_number_with_a_wrong_sum_is_asked_for_again_and_forgotten() -> None:
    capture = SecureCapture(CARDS, 0)

    first, second = typed(capture, f"4111111111111112#{CARD}#")

    assert first == AskAgain()
    assert isinstance(second, Captured)
    assert second.value is not None
    assert second.value.reveal() == CARD


def test_who_types_three_wrong_numbers_is_not_asked_a_fourth_time() -> None:
    outcomes = typed(SecureCapture(CARDS, 0), "4111111111111112#" * 3)

    assert outcomes == [AskAgain(), AskAgain(), Captured(end=CaptureEnd.ATTEMPTS)]


def test_the_star_cancels() -> None:
    capture = SecureCapture(CARDS, 0)

    assert typed(capture, f"{CARD}*") == [Captured(end=CaptureEnd.CANCELLED)]
    assert typed(capture, "1#") == []


def test_a_capture_ends_by_itself_after_two_minutes_however_many_keys_come() -> None:
    """The decision behind T-PCI-3; that the recorder resumes is for the session to show."""
    capture = SecureCapture(CARDS, 0)
    for at_ms in range(0, LONGEST_MS, PAUSE_MS - 1):
        capture.press("A", at_ms)

    assert capture.tick(LONGEST_MS - 1) is None
    assert capture.running
    assert capture.press("4", LONGEST_MS) == Captured(end=CaptureEnd.TIMEOUT)


def test_the_end_of_the_call_is_told_once() -> None:
    capture = SecureCapture(CARDS, 0)
    typed(capture, "4111")

    assert capture.call_over() == Captured(end=CaptureEnd.CALL_OVER)
    assert capture.call_over() is None


def test_a_secret_shows_itself_neither_as_text_nor_in_a_pickle() -> None:
    secret = Secret(CARD)

    assert CARD not in f"{secret} {secret!r} {Captured(end=CaptureEnd.COMPLETE, value=secret)!r}"
    with pytest.raises(TypeError, match="not written down"):
        pickle.dumps(secret)


@pytest.mark.parametrize(("fewest", "most", "attempts"), [(0, 4, 1), (5, 4, 1), (3, 4, 0)])
def test_terms_that_nobody_can_meet_are_refused(fewest: int, most: int, attempts: int) -> None:
    with pytest.raises(ConfigError):
        CaptureTerms(min_length=fewest, max_length=most, attempts=attempts)


KEYS = st.lists(st.tuples(st.sampled_from("0123456789#*AD"), st.integers(0, 20_000)), max_size=60)


@given(keys=KEYS, card=st.booleans())
def test_whatever_is_pressed_it_ends_once_in_time_and_only_a_right_value_comes_out(
    keys: list[tuple[str, int]], card: bool
) -> None:
    terms = CaptureTerms(min_length=3, max_length=19, card=card)
    capture, now_ms, ends = SecureCapture(terms, 0), 0, []
    for key, wait_ms in keys:
        now_ms += wait_ms
        outcome = capture.press(key, now_ms)
        ends += [outcome] if isinstance(outcome, Captured) else []
        assert capture.running == (not ends)
        assert not (capture.running and now_ms >= LONGEST_MS)
    for end in ends:
        assert (end.value is not None) == (end.end is CaptureEnd.COMPLETE)
        if end.value is not None:
            digits = end.value.reveal()
            assert 3 <= len(digits) <= 19
            assert is_card(digits) or not card
    assert len(ends) <= 1
