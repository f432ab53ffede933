import asyncio

import pytest

from voiceagent.control import keys
from voiceagent.control.rate_limits import Draw, RateLimit, RateLimits
from voiceagent.core.errors import StoreUnavailable

SLOW = RateLimit(per_s=0.01, size=3)  # gets nothing back while a test lasts


def draw(name: str, limit: RateLimit = SLOW, tokens: int = 1) -> Draw:
    return Draw(name=name, limit=limit, tokens=tokens)


async def test_a_bucket_gives_its_size_and_then_says_how_long_to_wait(redis):
    limits = RateLimits(redis)

    taken = [await limits.take([draw("a")]) for _ in range(4)]

    assert [one.left for one in taken] == [(2,), (1,), (0,), (0,)]
    assert [one.short for one in taken] == [None, None, None, 0]
    assert 90 < taken[-1].wait_s <= 100


async def test_many_at_once_get_no_more_than_there_is(redis):
    limits = RateLimits(redis)

    taken = await asyncio.gather(*(limits.take([draw("a")]) for _ in range(30)))

    assert sum(one.short is None for one in taken) == 3


async def test_when_one_bucket_is_short_the_others_keep_theirs(redis):
    limits = RateLimits(redis)
    for _ in range(3):
        await limits.take([draw("empty")])

    refused = await limits.take([draw("full"), draw("empty")])

    assert (refused.short, refused.left) == (1, (3, 0))
    assert (await limits.take([draw("full")])).left == (2,)


async def test_asking_takes_nothing(redis):
    limits = RateLimits(redis)

    for _ in range(5):
        assert (await limits.take([draw("a", tokens=0)])).short is None
    for _ in range(3):
        await limits.take([draw("a")])

    assert (await limits.take([draw("a", tokens=0)])).short == 0


async def test_it_fills_again_and_what_is_full_is_forgotten(redis):
    limits, quick = RateLimits(redis), RateLimit(per_s=50, size=1)
    await limits.take([draw("a", quick)])
    left_ms = await redis.client.pttl(keys.rate_limit("a"))
    async with asyncio.timeout(5):
        while (await limits.take([draw("a", quick)])).short is not None:
            await asyncio.sleep(0.005)

    assert 0 < left_ms <= 1_020


async def test_without_redis_it_says_so(mortal, mortal_redis):
    limits = RateLimits(mortal)
    mortal_redis.stop()

    with pytest.raises(StoreUnavailable):
        await limits.take([draw("a")])
