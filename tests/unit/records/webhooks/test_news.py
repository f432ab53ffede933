from datetime import UTC, datetime, timedelta

from voiceagent.records.webhooks.news import LADDER, next_try

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_waits_grow_from_half_a_minute_to_a_day_and_then_it_is_given_up() -> None:
    waits = [next_try(attempts, NOON) for attempts in range(1, 8)]

    assert waits[0] == NOON + timedelta(seconds=30)
    assert waits[5] == NOON + timedelta(days=1)
    assert waits[6] is None
    assert list(LADDER) == sorted(LADDER)


def test_a_receiver_may_ask_for_more_time_but_not_for_ever() -> None:
    assert next_try(1, NOON, asked_wait=timedelta(minutes=5)) == NOON + timedelta(minutes=5)
    assert next_try(1, NOON, asked_wait=timedelta(seconds=1)) == NOON + timedelta(seconds=30)
    assert next_try(1, NOON, asked_wait=timedelta(days=30)) == NOON + timedelta(days=1)
