"""Events that Postgres refused hold words of callers: they do not stay in Redis for good."""

import time

from voiceagent.control import keys
from voiceagent.control.connection import RedisConnection
from voiceagent.control.forgetting import RedisForgetting

DAY_MS = 86_400_000


async def test_what_was_set_aside_more_than_a_week_ago_goes_and_younger_events_stay(redis: RedisConnection) -> None:
    now_ms = time.time_ns() // 1_000_000
    for days in (8, 6):
        await redis.client.xadd(keys.EVENTS_SET_ASIDE, {b"event": b"%d days" % days}, id=f"{now_ms - days * DAY_MS}-0")

    await RedisForgetting(redis).end_set_aside()

    (kept,) = await redis.client.xrange(keys.EVENTS_SET_ASIDE)
    assert kept[1] == {b"event": b"6 days"}


async def test_with_nothing_set_aside_there_is_nothing_to_do(redis: RedisConnection) -> None:
    await RedisForgetting(redis).end_set_aside()

    assert await redis.client.xlen(keys.EVENTS_SET_ASIDE) == 0
