"""A flood of refused calls becomes a trickle of records, and the table of sources stays small."""

from hypothesis import given, strategies as st

from voiceagent.gateways.sip.refusal_limit import RefusalLimit
from voiceagent.gateways.sip.token_bucket import Rate, TokenBucket

PER_SOURCE, IN_ALL = Rate(per_s=5, burst=20), Rate(per_s=50, burst=100)
_HAIR = 1e-6  # times are fractions of a second, sums of them are not exact


def _limit() -> RefusalLimit:
    return RefusalLimit(per_source=PER_SOURCE, in_all=IN_ALL)


def _allowed(limit: RefusalLimit, source: str, now_s: float, tries: int) -> int:
    return sum(limit.allows(source, now_s) for _ in range(tries))


def test_a_source_may_burst_and_then_gets_its_rate():
    limit = _limit()

    assert _allowed(limit, "192.0.2.1", 100.0, 50) == 20
    assert _allowed(limit, "192.0.2.1", 100.1, 50) == 0
    assert _allowed(limit, "192.0.2.1", 101.0, 50) == 5


def test_a_flood_of_one_source_leaves_room_for_another():
    limit = _limit()
    _allowed(limit, "192.0.2.1", 100.0, 10_000)

    assert _allowed(limit, "192.0.2.2", 100.0, 1) == 1


def test_many_sources_together_get_the_rate_of_all():
    limit = _limit()

    assert sum(limit.allows(f"source {number}", 100.0) for number in range(10_000)) == 100
    assert sum(limit.allows(f"source {number}", 101.0) for number in range(10_000)) == 50


def test_a_source_that_is_quiet_is_forgotten_and_starts_anew():
    limit = _limit()
    _allowed(limit, "192.0.2.1", 100.0, 50)

    assert limit.allows("192.0.2.2", 103.9)
    assert limit.sources == 2
    assert limit.allows("192.0.2.2", 104.0)
    assert limit.sources == 1
    assert _allowed(limit, "192.0.2.1", 104.0, 50) == 20


def test_the_first_moment_of_a_clock_is_like_any_other():
    assert _allowed(_limit(), "192.0.2.1", -7.0, 50) == 20


TRIES = st.lists(st.tuples(st.integers(0, 500), st.floats(0, 2), st.integers(1, 40)), max_size=60)


@given(TRIES)
def test_neither_a_source_nor_all_get_more_than_their_burst_and_their_rate(tries):
    limit, now_s, grants = _limit(), 0.0, []
    for source, pause_s, count in tries:
        now_s += pause_s
        grants += [(now_s, source)] * _allowed(limit, str(source), now_s, count)

    assert len(grants) <= IN_ALL.burst + IN_ALL.per_s * now_s + _HAIR
    for source in {source for _, source in grants}:
        times = [at_s for at_s, whose in grants if whose == source]
        for first, since_s in enumerate(times):
            assert len(times) - first <= PER_SOURCE.burst + PER_SOURCE.per_s * (times[-1] - since_s) + _HAIR


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 300)), max_size=30))
def test_the_table_is_bounded_however_many_sources_come(waves):
    limit, now_s, source = _limit(), 0.0, 0
    for pause_s, count in waves:
        now_s += pause_s
        for _ in range(count):
            source += 1
            limit.allows(str(source), now_s)

        assert limit.sources <= IN_ALL.burst + IN_ALL.per_s * PER_SOURCE.burst / PER_SOURCE.per_s


@given(st.lists(st.floats(0.0, 1.0), max_size=60))
def test_who_waits_as_long_as_told_always_finds_a_token(pauses: list[float]) -> None:
    bucket = TokenBucket(Rate(per_s=20.0, burst=12))
    now_s = 100.0
    for pause_s in pauses:
        now_s += pause_s + bucket.wait_s(now_s + pause_s)
        assert bucket.level(now_s) > 0.999
        bucket.take(now_s)
