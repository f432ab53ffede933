"""Time that is waited for does not pass on the machine's clock."""

import asyncio
import time

import pytest

from voiceagent.testing.rehearsal.virtual_time import VirtualClock, VirtualTimeLoop


def run(main):
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def test_an_hour_is_over_at_once_and_timers_ring_in_order():
    rung: list[tuple[str, float]] = []

    async def ring(name: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        rung.append((name, round(VirtualClock().monotonic(), 6)))

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            for name, after_s in (("hour", 3600), ("second", 1), ("minute", 60)):
                tasks.create_task(ring(name, after_s))

    before = time.monotonic()
    run(main())

    assert rung == [("second", 1.0), ("minute", 60.0), ("hour", 3600.0)]
    assert time.monotonic() - before < 60


def test_a_time_limit_is_met_on_the_same_clock():
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.sleep(1000)
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(30)


@pytest.mark.parametrize("sockets", [False, True], ids=["thread", "socket"])
def test_what_happens_outside_is_waited_for_rather_than_jumped_over(sockets):
    async def through_a_socket() -> str:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.to_thread(time.sleep, 0.2)
            writer.write(b"done")
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            text = await reader.read()
            writer.close()
        return text.decode()

    async def main() -> str:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        with loop.patient():
            async with asyncio.timeout(3):
                return await (through_a_socket() if sockets else asyncio.to_thread(lambda: time.sleep(0.2) or "done"))

    assert run(main()) == "done"
