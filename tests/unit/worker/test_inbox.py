import asyncio

import pytest

from voiceagent.core.errors import BadInput
from voiceagent.worker.inbox import Inbox
from voiceagent.worker.messages import FinishHearing, SetHints, Turn


def turn(number: int) -> Turn:
    return Turn(number=number, caller=b"", agent=b"")


async def drain(inbox: Inbox, count: int) -> list[object]:
    async with asyncio.timeout(30):
        return [await inbox.get() for _ in range(count)]


async def test_messages_come_in_order():
    inbox = Inbox()
    sent = [turn(0), FinishHearing(), turn(1), SetHints(name="a", grammar="")]
    for message in sent:
        inbox.put(message)

    assert await drain(inbox, 4) == sent


async def test_of_an_overload_the_oldest_sound_is_dropped_and_counted_but_no_request():
    inbox = Inbox()
    inbox.put(FinishHearing())
    for number in range(70):
        inbox.put(turn(number))
    left = await drain(inbox, 64)

    assert left[0] == FinishHearing()
    assert [message.number for message in left[1:]] == list(range(7, 70))
    assert inbox.dropped_turns == 7


async def test_a_flood_of_requests_is_refused():
    inbox = Inbox()
    for _ in range(64):
        inbox.put(FinishHearing())

    with pytest.raises(BadInput, match="64"):
        inbox.put(turn(0))


async def test_who_waits_gets_the_next_message():
    inbox = Inbox()
    asyncio.get_running_loop().call_later(0.01, inbox.put, turn(5))

    assert await drain(inbox, 1) == [turn(5)]
