import asyncio

from hypothesis import given, strategies as st

from voiceagent.control.event_queue import EventQueue
from voiceagent.control.streams import EventLine
from voiceagent.core.ids import CallId


def _line(seq: int) -> EventLine:
    return EventLine(call_id=CallId("call_1"), seq=seq, line=b"{}")


@given(st.lists(st.one_of(st.just("offer"), st.integers(1, 7), st.just("acknowledge")), max_size=60))
def test_every_event_leaves_once_and_in_order(steps: list[str | int]) -> None:
    queue, offered, left = EventQueue(), 0, []
    for step in [*steps, 100, "acknowledge"]:
        if step == "offer":
            offered += 1
            queue.offer(_line(offered))
        elif step == "acknowledge":
            left += [line.seq for line in queue.take(0)]
            queue.acknowledge_taken()
        elif isinstance(step, int):
            assert len(queue.take(step)) <= max(step, len(queue.take(0)))

    assert left == list(range(1, offered + 1))


def test_what_was_taken_comes_again_until_it_is_acknowledged() -> None:
    queue = EventQueue()
    for seq in (1, 2, 3):
        queue.offer(_line(seq))

    first = queue.take(2)
    again = queue.take(2)
    queue.acknowledge_taken()

    assert [line.seq for line in first] == [line.seq for line in again] == [1, 2]
    assert [line.seq for line in queue.take(2)] == [3]


def test_a_full_queue_drops_and_counts() -> None:
    queue = EventQueue(length=2)

    tickets = [queue.offer(_line(seq)) for seq in (1, 2, 3)]

    assert tickets == [1, 2, 2]
    assert queue.dropped == 1
    assert [line.seq for line in queue.take()] == [1, 2]


async def test_a_ticket_is_good_when_all_before_it_are_acknowledged() -> None:
    queue = EventQueue()
    first, second = queue.offer(_line(1)), queue.offer(_line(2))
    queue.take(1)

    async with asyncio.TaskGroup() as group:
        one = group.create_task(queue.wait_for(first, 5.0))
        two = group.create_task(queue.wait_for(second, 0.05))
        await asyncio.sleep(0)
        queue.acknowledge_taken()

    assert one.result()
    assert not two.result()
    queue.take()
    queue.acknowledge_taken()
    assert await queue.wait_for(second, 0.0)


async def test_news_end_the_wait_and_silence_its_timeout() -> None:
    queue = EventQueue()
    await queue.wait_for_news(0.0)
    assert queue.take() == ()

    async with asyncio.TaskGroup() as group, asyncio.timeout(30):
        waiting = group.create_task(queue.wait_for_news(None))
        await asyncio.sleep(0)
        assert not waiting.done()
        queue.offer(_line(1))

    assert [line.seq for line in queue.take()] == [1]
