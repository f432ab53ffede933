import asyncio

from voiceagent.control.connection import RedisConnection
from voiceagent.control.streams import EventReader


async def test_a_loop_over_redis_ends_whenever_it_is_cancelled(redis: RedisConnection) -> None:
    reader = EventReader(redis, "looper")

    async def loop() -> None:
        while True:
            await reader.waiting()

    for steps in range(200):  # so that the cancellation meets every await of a round trip
        looping = asyncio.create_task(loop())
        for _ in range(steps):
            await asyncio.sleep(0)
        looping.cancel()
        done, _ = await asyncio.wait([looping], timeout=2.0)
        assert done, f"still running after a cancellation at step {steps}"


async def test_a_deadline_that_falls_into_a_call_to_redis_is_kept(redis: RedisConnection) -> None:
    reader = EventReader(redis, "looper")
    ended_by_deadline = 0

    for steps in range(40):
        try:
            async with asyncio.timeout(None) as deadline:
                asyncio.get_running_loop().call_later(0.0002 * steps, deadline.reschedule, 0.0)
                while True:
                    await reader.waiting()
        except TimeoutError:
            ended_by_deadline += 1

    assert ended_by_deadline == 40
