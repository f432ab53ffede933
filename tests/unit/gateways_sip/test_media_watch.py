import pytest
from hypothesis import given, strategies as st

from voiceagent.gateways.sip.media_watch import MediaWatch, StreamCounters


def counters(packets, lost=0, jitter_ms=0.0):
    return StreamCounters(packets=packets, lost=lost, jitter_ms=jitter_ms)


def test_media_is_dead_after_the_timeout_without_a_packet():
    watch = MediaWatch(timeout_s=15.0, now_s=0.0)
    watch.observe(counters(50), expecting=True, now_s=1.0)

    assert not watch.observe(counters(50), expecting=True, now_s=15.9)
    assert watch.observe(counters(50), expecting=True, now_s=16.0)


def test_media_that_never_came_is_dead_too():
    watch = MediaWatch(timeout_s=15.0, now_s=100.0)

    assert not watch.observe(counters(0), expecting=True, now_s=114.0)
    assert watch.observe(counters(0), expecting=True, now_s=115.0)


def test_a_leg_on_hold_may_be_silent_and_gets_its_time_back_afterwards():
    watch = MediaWatch(timeout_s=15.0, now_s=0.0)

    assert not watch.observe(None, expecting=False, now_s=100.0)
    assert not watch.observe(None, expecting=True, now_s=114.0)
    assert watch.observe(None, expecting=True, now_s=115.0)


@pytest.mark.parametrize("final", [200, 408, 503])
def test_a_phone_that_calls_elsewhere_may_be_silent_until_it_has_told_the_end_of_that(final):
    watch = MediaWatch(timeout_s=15.0, now_s=0.0)
    watch.referred()
    watch.transfer_moved(180)

    assert not watch.observe(counters(0), expecting=True, now_s=29.0)
    watch.transfer_moved(final)
    assert not watch.observe(counters(0), expecting=True, now_s=43.0)
    assert watch.observe(counters(0), expecting=True, now_s=44.0)


def test_counters_add_up_over_renegotiated_streams():
    watch = MediaWatch(timeout_s=15.0, now_s=0.0)
    for step in (counters(500, 3, 1.5), counters(10, 1), counters(200, 2, 2.5)):
        watch.observe(step, expecting=True, now_s=1.0)

    quality = watch.quality()

    assert (quality.packets_received, quality.packets_lost, quality.jitter_ms) == (700, 5, 2.5)


@given(st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=5), max_size=5))
def test_the_total_is_the_sum_of_the_streams(streams):
    watch = MediaWatch(timeout_s=15.0, now_s=0.0)
    last = 0
    total = 0
    for growth in streams:
        count = 0
        for more in growth:
            count += more
            if count < last:
                total += last
            last = count
            watch.observe(counters(count), expecting=True, now_s=0.0)

    assert watch.quality().packets_received == total + last
