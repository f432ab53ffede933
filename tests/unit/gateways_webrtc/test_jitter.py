"""The jitter buffer, driven by hand: one `next` is 20 ms."""

import random

from hypothesis import given, strategies as st

from voiceagent.gateways.webrtc.jitter import JitterBuffer
from voiceagent.gateways.webrtc.steps import (
    FRAME_TICKS,
    Conceal,
    Decode,
    MediaPacket,
    Recover,
    Shorten,
    Silence,
    Step,
)


def packet(number: int, *, sequence: int = 100, timestamp: int = 5_000, pause_ticks: int = 0) -> MediaPacket:
    """Packet `number` of a stream that began at `sequence` and `timestamp`; its payload is its number."""
    return MediaPacket(
        sequence=(sequence + number) & 0xFFFF,
        timestamp=(timestamp + number * FRAME_TICKS + pause_ticks) & 0xFFFFFFFF,
        duration=FRAME_TICKS,
        payload=str(number).encode(),
    )


def played(steps: list[Step]) -> list[int]:
    numbers: list[int] = []
    for step in steps:
        match step:
            case Decode(packet=one):
                numbers.append(int(one.payload))
            case Shorten(first=first, second=second):
                numbers += [int(first.payload), int(second.payload)]
            case _:
                pass
    return numbers


def run(buffer: JitterBuffer, arrivals: list[list[MediaPacket]]) -> list[Step]:
    """One list of arrivals per 20 ms, then one step."""
    steps = []
    for batch in arrivals:
        for one in batch:
            buffer.insert(one)
        steps.append(buffer.next())
    return steps


def test_nothing_yet_is_silence() -> None:
    steps = run(JitterBuffer(), [[], []])

    assert steps == [Silence(duration=FRAME_TICKS)] * 2


def test_an_even_stream_plays_at_once_and_in_order() -> None:
    buffer = JitterBuffer()

    steps = run(buffer, [[packet(n)] for n in range(50)])

    assert steps == [Decode(packet=packet(n)) for n in range(50)]
    assert buffer.depth_ticks == 0


def test_a_late_packet_is_played_and_costs_one_frame_of_delay() -> None:
    buffer = JitterBuffer()

    steps = run(buffer, [[packet(0)], [], [packet(1), packet(2)], [packet(3)]])

    assert steps[1] == Conceal(duration=FRAME_TICKS)
    assert played(steps) == [0, 1, 2]
    assert buffer.depth_ticks == FRAME_TICKS


def test_a_lost_packet_is_recovered_from_its_successor_once_the_network_is_known_to_lose() -> None:
    arrivals = [[packet(n)] if n not in (10, 30) else [] for n in range(40)]

    buffer = JitterBuffer()
    steps = run(buffer, arrivals)

    assert [step for step in steps if isinstance(step, Recover)][-1].successor == packet(31)
    assert buffer.counters.lost == 2
    assert buffer.counters.recovered == 2
    assert played(steps) == [n for n in range(39) if n not in (10, 30)]


def test_a_packet_that_comes_after_its_place_was_filled_is_dropped_and_counted() -> None:
    buffer = JitterBuffer()
    run(buffer, [[packet(0)], [], [packet(2)], [packet(3)]])

    buffer.insert(packet(1))

    assert buffer.counters.late == 1
    assert played(run(buffer, [[packet(4)], [packet(5)], []])) == [3, 4, 5]


def test_a_pause_of_the_sender_keeps_its_length_and_is_no_loss() -> None:
    pause = 4 * FRAME_TICKS
    buffer = JitterBuffer()

    steps = run(buffer, [[packet(0)], [], [], [], [], [packet(1, pause_ticks=pause)], [packet(2, pause_ticks=pause)]])

    assert played(steps) == [0, 1, 2]
    assert isinstance(steps[4], Conceal)
    assert isinstance(steps[5], Decode)
    assert buffer.counters.lost == 0
    assert buffer.depth_ticks == 0


def test_a_pause_that_arrives_early_is_still_played_as_a_pause() -> None:
    buffer = JitterBuffer()
    buffer.insert(packet(0))
    buffer.next()
    buffer.insert(packet(1, pause_ticks=3 * FRAME_TICKS))

    steps = run(buffer, [[], [], [], []])

    assert [type(step) for step in steps] == [Conceal, Conceal, Conceal, Decode]


def test_a_burst_after_a_stall_is_caught_up_without_losing_a_packet() -> None:
    buffer = JitterBuffer()
    burst = [packet(n) for n in range(1, 11)]

    steps = run(buffer, [[packet(0)], *[[]] * 9, burst, *[[packet(n)] for n in range(11, 200)]])

    assert played(steps) == list(range(played(steps)[-1] + 1))
    assert buffer.counters.trimmed >= 5
    assert buffer.depth_ticks <= 5 * FRAME_TICKS


def test_the_delay_of_one_long_stall_is_gone_three_seconds_later() -> None:
    buffer = JitterBuffer()
    steady = [[packet(n)] for n in range(100)]
    stall = [*[[]] * 15, [packet(n) for n in range(100, 115)]]

    steps = run(buffer, [*steady, *stall, *[[packet(n)] for n in range(115, 265)]])

    assert buffer.depth_ticks == 0
    assert played(steps) == list(range(265))


def test_a_sender_with_a_fast_clock_does_not_pile_up_delay() -> None:
    buffer = JitterBuffer()
    number = 0
    for tick in range(3_000):  # a minute; one packet too many every second
        for _ in range(2 if tick % 50 == 0 else 1):
            buffer.insert(packet(number))
            number += 1
        buffer.next()

    assert buffer.depth_ticks <= 5 * FRAME_TICKS
    assert buffer.counters.overflowed == 0
    assert buffer.counters.lost == 0


def test_steady_jitter_settles_without_further_concealment() -> None:
    rng = random.Random(7)
    buffer = JitterBuffer()
    due = sorted((n + rng.uniform(0, 2.5), n) for n in range(3_000))
    position = 0
    for tick in range(3_000):
        while position < len(due) and due[position][0] <= tick:
            buffer.insert(packet(due[position][1]))
            position += 1
        buffer.next()

    assert buffer.counters.played > 2_950
    assert buffer.counters.concealed < 60
    assert buffer.depth_ticks <= 5 * FRAME_TICKS


def test_one_stray_sequence_number_changes_nothing() -> None:
    buffer = JitterBuffer()
    run(buffer, [[packet(n)] for n in range(5)])

    buffer.insert(packet(20_000))

    assert played(run(buffer, [[packet(5)], [packet(6)]])) == [5, 6]
    assert buffer.counters.strayed == 1
    assert buffer.counters.resets == 0


def test_a_restarted_sender_is_followed_after_two_packets() -> None:
    buffer = JitterBuffer()
    run(buffer, [[packet(n)] for n in range(5)])

    steps = run(buffer, [[packet(20_000)], [packet(20_001)], [packet(20_002)], []])

    assert played(steps) == [20_000, 20_001, 20_002]
    assert buffer.counters.resets == 1


def test_more_than_half_a_second_in_hand_is_dropped_from_the_front() -> None:
    buffer = JitterBuffer()
    for n in range(80):
        buffer.insert(packet(n))

    assert buffer.depth_ticks == 25 * FRAME_TICKS
    assert buffer.counters.overflowed == 55
    assert played([buffer.next()])[0] == 55


def test_long_packets_play_for_as_long_as_they_are() -> None:
    buffer = JitterBuffer()
    long = MediaPacket(sequence=1, timestamp=0, duration=3 * FRAME_TICKS, payload=b"0")
    buffer.insert(long)
    buffer.insert(MediaPacket(sequence=2, timestamp=3 * FRAME_TICKS, duration=3 * FRAME_TICKS, payload=b"1"))

    assert played([buffer.next(), buffer.next()]) == [0, 1]


Schedule = list[list[int]]


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Packet numbers by the tick they arrive in: jitter up to 200 ms, reordering, losses and duplicates."""
    count = draw(st.integers(1, 120))
    arrivals: Schedule = [[] for _ in range(count + 30)]
    for number in range(count):
        for _ in range(draw(st.sampled_from([0, 1, 1, 1, 1, 1, 1, 1, 2]))):
            arrivals[number + draw(st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 10]))].append(number)
    return arrivals


@given(schedule=schedules())
def test_packets_play_at_most_once_in_order_and_every_one_is_accounted_for(schedule: Schedule) -> None:
    buffer = JitterBuffer()

    steps = run(buffer, [[packet(n) for n in batch] for batch in schedule])

    numbers = played(steps)
    assert numbers == sorted(set(numbers))
    counters = buffer.counters
    held = buffer.depth_ticks // FRAME_TICKS
    assert counters.inserted == counters.played + counters.overflowed + held
    assert sum(map(len, schedule)) == counters.inserted + counters.duplicate + counters.late + counters.strayed
    assert counters.played == len(numbers)
    assert buffer.depth_ticks <= 25 * FRAME_TICKS


@given(schedule=schedules(), sequence=st.integers(0, 0xFFFF), timestamp=st.integers(0, 0xFFFFFFFF))
def test_wrapping_counters_change_nothing(schedule: Schedule, sequence: int, timestamp: int) -> None:
    def steps_from(first_sequence: int, first_timestamp: int) -> list[tuple[type[Step], list[int]]]:
        arrivals = [
            [packet(n, sequence=first_sequence, timestamp=first_timestamp) for n in batch] for batch in schedule
        ]
        return [(type(step), played([step])) for step in run(JitterBuffer(), arrivals)]

    assert steps_from(sequence, timestamp) == steps_from(0, 0)


@given(data=st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)), max_size=200))
def test_arbitrary_headers_never_break_it(data: list[tuple[int, int]]) -> None:
    buffer = JitterBuffer()
    for sequence, timestamp in data:
        buffer.insert(MediaPacket(sequence=sequence, timestamp=timestamp, duration=FRAME_TICKS, payload=b"0"))
        buffer.next()

    assert buffer.depth_ticks <= 25 * FRAME_TICKS
