"""The gates of the specification (4.4) on a part of the frozen suite; all of it: `voiceagent bench redaction`."""

import pytest

from voiceagent.conversation.profile import RecordsChoice, WordsKept
from voiceagent.testing.redaction.bench import GATES, Score, measure
from voiceagent.testing.redaction.making import make_calls
from voiceagent.testing.redaction.play import hidden_words
from voiceagent.testing.redaction.utterance import plain


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    return measure(300, (0.0, 6.0), 11, lambda: 0.0, hidden=True, records=RecordsChoice())


def test_T_RED_2_secrets_said_clearly_are_masked(scores: list[Score]) -> None:
    assert scores[0].missed_gates() == []
    assert scores[0].zero_leak_calls >= 0.97


def test_T_RED_3_secrets_in_misheard_words_are_masked(scores: list[Score]) -> None:
    digits = {entity: scores[1].recall[entity] for entity in ("card", "ssn", "phone")}

    assert min(digits.values()) >= 0.9  # 18 of each: the gates hold on the whole suite
    assert scores[1].digit_coverage >= 0.99


def test_T_RED_4_numbers_that_are_nobodys_secret_stay(scores: list[Score]) -> None:
    assert scores[0].over_masked <= 0.05


def test_every_entity_of_the_gates_is_in_the_suite(scores: list[Score]) -> None:
    assert set(GATES) <= set(scores[0].recall)


def test_the_suite_is_frozen_and_its_splits_share_no_call() -> None:
    assert list(make_calls(60, 3, hidden=True)) == list(make_calls(60, 3, hidden=True))
    assert not set(make_calls(60, 3, hidden=True)) & set(make_calls(60, 3, hidden=False))


def test_a_score_can_fail() -> None:
    raw = measure(60, (0.0,), 11, lambda: 0.0, hidden=True, records=RecordsChoice(words=WordsKept.RAW))

    assert raw[0].zero_leak_calls < 1


def test_a_word_that_is_half_masked_is_readable() -> None:
    assert hidden_words(plain("my pin is 4711 okay"), "my pin is [CODE] okay") == [False, False, False, True, False]
    assert hidden_words(plain("ab cd"), "a[CODE] cd") == [False, False]
