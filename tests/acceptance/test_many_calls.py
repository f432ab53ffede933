"""200 short calls through two cells, six at a time: all recorded, and nothing grows."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest
import redis

from tests.acceptance.harness.api import assert_whole
from tests.acceptance.harness.callers import Phone
from tests.acceptance.harness.footprint import children, rss_kib, sockets
from tests.acceptance.harness.installation import BRIEF, Installation, wait_until

CALLS = 200
LINES_A_CELL = 4
WARMING = 24
LIMIT_KIB = 100  # a call
SETTLE_S = 45.0  # SIP transactions live for 32 s after a call (RFC 3261, timer H and J)
MEDIA = {"sip_gateway-0": "udp", "sip_gateway-1": "udp", "worker-0": "tcp"}  # RTP, and one connection a session
PROCESSES = ("sip_gateway-0", "sip_gateway-1", "worker-0", "background-0", "jobs-0", "api-0")


@dataclass(frozen=True)
class Held:
    memory_kib: dict[str, int]
    sockets: dict[str, int]
    children: dict[str, set[int]]


def held(house: Installation) -> Held:
    pids = {name: house.pid(name) for name in PROCESSES}
    return Held(
        {name: rss_kib(pid) for name, pid in pids.items()},
        {name: sockets(pids[name], kind) for name, kind in MEDIA.items()},
        {name: children(pid) for name, pid in pids.items()},
    )


def place(house: Installation, count: int, *, at_a_time: int) -> list[dict]:
    """Half of them through each cell."""
    arguments = ("--calls", str(count // 2), "--parallel", str(at_a_time // 2), "--seconds", "0.8")
    arguments += ("--tone", "300", "--caller", "many")
    phones = [Phone(house.uri(BRIEF, cell), *arguments) for cell in (0, 1)]
    return [report for phone in phones for report in phone.reports(200)]


def running_sessions(house: Installation) -> int:
    worker = house.platform.settings.worker
    return int(httpx.get(f"http://{worker.host}:{worker.port}/healthz", timeout=5).json()["running"])


def leases(house: Installation) -> int:
    client = redis.Redis.from_url(house.platform.settings.redis_url)
    try:
        return sum(client.zcard(key) for key in client.scan_iter("va:worker:*:leases"))
    finally:
        client.close()


@pytest.mark.timeout(300)
def test_two_hundred_short_calls_are_all_recorded_and_nothing_grows(house, capsys):
    pids, idle = house.platform.pids(), held(house)
    began_s = time.monotonic()

    reports = place(house, WARMING, at_a_time=2 * LINES_A_CELL)
    warm = held(house)  # as many decoders and connections as there are lines exist by now, and all were used
    reports += place(house, CALLS, at_a_time=6)

    took_s = time.monotonic() - began_s
    assert len(reports) == CALLS + WARMING
    assert all(report["answered"] and report["mishaps"] == {} for report in reports)
    wait_until(lambda: len(ended_calls(house)) == len(reports), 20, "every call has its end in the records")
    records = ended_calls(house)
    assert {call["ended_reason"] for call in records} == {"caller_hung_up"}
    assert {call["sip"]["call_id"] for call in records} == {report["sip_call_id"] for report in reports}
    for call in records:
        assert_whole(house.api.events(call["id"]))
    wait_until(lambda: running_sessions(house) == leases(house) == 0, 10, "every slot and lease is free")
    settle(lambda: growth(warm, held(house)) == left_open(idle, held(house)) == {}, SETTLE_S)
    assert growth(warm, held(house)) == {}
    assert left_open(idle, held(house)) == {}
    assert house.platform.pids() == pids  # nobody died and was started again
    with capsys.disabled():
        told = ", ".join(f"{name} {per_call(warm, held(house), name):.1f}" for name in PROCESSES)
        print(f"\n{len(reports)} calls in {took_s:.0f} s; KiB a call once warm: {told}")  # noqa: T201


def ended_calls(house: Installation) -> list[dict]:
    return [call for call in house.api.calls(**{"from": "many"}) if call["ended_at"] is not None]


def per_call(before: Held, now: Held, name: str) -> float:
    return (now.memory_kib[name] - before.memory_kib[name]) / CALLS


def growth(before: Held, now: Held) -> dict[str, float]:
    """KiB a call of the processes that grow."""
    grown = {name: per_call(before, now, name) for name in PROCESSES}
    return {name: kib for name, kib in grown.items() if kib >= LIMIT_KIB}


def left_open(before: Held, now: Held) -> dict[str, object]:
    """Sockets and children that were not there before."""
    sockets_now = {name: count for name, count in now.sockets.items() if count > before.sockets[name]}
    children_now = {name: pids - before.children[name] for name, pids in now.children.items()}
    return {**sockets_now, **{name: pids for name, pids in children_now.items() if pids}}


def settle(done: Callable[[], bool], timeout_s: float) -> None:
    """Give it time; whether it was enough is asserted by the test."""
    deadline_s = time.monotonic() + timeout_s
    while not done() and time.monotonic() < deadline_s:
        time.sleep(0.5)
