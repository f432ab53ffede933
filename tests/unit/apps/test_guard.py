import asyncio
import threading
from collections.abc import Callable

import pytest

from voiceagent.apps.embedded.guard import keep_running
from voiceagent.core.errors import Unavailable


class FrailServer:
    """Dead, and its next starts fail in the given ways."""

    def __init__(self, name: str, *failures: Exception) -> None:
        self.name = name
        self.failures = list(failures)
        self.starts = 0
        self.alive = False

    def is_alive(self) -> bool:
        return self.alive

    def start(self) -> None:
        self.starts += 1
        if self.failures:
            raise self.failures.pop(0)
        self.alive = True


async def guard_until(done: Callable[[], bool], *servers: FrailServer, retry_s: float = 0.001) -> None:
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        guards = [tasks.create_task(keep_running(server, check_s=0.001, retry_s=retry_s)) for server in servers]
        while not done():
            await asyncio.sleep(0.001)
        for guard in guards:
            guard.cancel()


async def test_a_server_whose_start_fails_is_started_again_until_it_runs():
    server = FrailServer("postgres", Unavailable("not ready in 60 s"), OSError("cannot fork"))

    await guard_until(lambda: server.alive, server)

    assert server.starts == 3


async def test_a_server_that_runs_is_left_alone_until_it_dies_again():
    server = FrailServer("redis")
    await guard_until(lambda: server.alive, server)

    server.alive = False
    await guard_until(lambda: server.alive, server)

    assert server.starts == 2


async def test_a_server_that_does_not_come_back_keeps_no_other_from_being_started():
    postgres, redis = FrailServer("postgres", Unavailable("recovers for long")), FrailServer("redis")

    await guard_until(lambda: redis.alive and postgres.starts > 0, postgres, redis, retry_s=60.0)

    assert not postgres.alive


class SlowServer(FrailServer):
    """Its start lasts until it is let go."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__("postgres", *failures)
        self.begun, self.let_go = threading.Event(), threading.Event()

    def start(self) -> None:
        self.begun.set()
        self.let_go.wait(5)
        super().start()


@pytest.mark.parametrize("failures", [(), (Unavailable("not ready in 60 s"),)])
async def test_a_guard_ends_after_the_start_that_it_began_so_that_nothing_starts_after_a_stop(failures):
    server = SlowServer(*failures)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        guard = tasks.create_task(keep_running(server, check_s=0.001))
        await asyncio.to_thread(server.begun.wait, 5)

        guard.cancel()
        await asyncio.sleep(0.02)
        assert not guard.done()
        server.let_go.set()

    assert guard.cancelled()
    assert server.starts == 1
