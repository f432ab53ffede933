import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from voiceagent.apps.embedded.layout import layout_of
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.apps.embedded.process import wait_until
from voiceagent.apps.embedded.redis import EmbeddedRedis
from voiceagent.apps.embedded.server import EmbeddedServer
from voiceagent.control.connection import ping_once
from voiceagent.records import migrate


@pytest.fixture(params=[EmbeddedPostgres, EmbeddedRedis], ids=["postgres", "redis"])
def kind(request: pytest.FixtureRequest) -> type[EmbeddedServer]:
    chosen: type[EmbeddedServer] = request.param
    return chosen


@pytest.fixture
def server(kind: type[EmbeddedServer], state: Path) -> Iterator[EmbeddedServer]:
    server = kind(state)
    server.start()
    yield server
    server.stop()


def _answers(server: EmbeddedServer) -> bool:
    if isinstance(server, EmbeddedRedis):
        return ping_once(server.url).startswith("Redis")
    engine = migrate.sync_engine(server.url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT current_database()")).scalar_one()
    engine.dispose()
    return bool(found == "voiceagent")


def _kill(server: EmbeddedServer) -> int:
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not server.is_alive(), 5.0)
    return pid


def _listening_inodes(pid: int) -> set[str]:
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                listening.add(fields[9])
    links = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()]
    return listening & {match[1] for link in links if (match := re.match(r"socket:\[(\d+)\]", link))}


def test_it_starts_answers_and_stops(server: EmbeddedServer) -> None:
    assert server.is_alive()
    assert _answers(server)

    server.stop()

    assert not server.is_alive()


def test_it_listens_on_no_network_address(server: EmbeddedServer) -> None:
    assert server.pid is not None
    assert _listening_inodes(server.pid) == set()


def test_starting_twice_is_harmless(server: EmbeddedServer) -> None:
    pid = server.pid

    server.start()

    assert server.pid == pid


def test_it_recovers_from_kill_9(server: EmbeddedServer) -> None:
    killed = _kill(server)

    server.start()

    assert server.pid != killed
    assert _answers(server)


def test_a_stale_pid_that_is_now_another_program_is_no_obstacle(server: EmbeddedServer) -> None:
    _kill(server)
    pid_file = next(server.layout.data.glob("*.pid"))
    lines = pid_file.read_text().splitlines() or [""]
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    server.start()

    assert server.is_alive()
    assert _answers(server)


_PARENT = """
import os, signal, sys
from pathlib import Path
from voiceagent.apps.embedded.{module} import {name}
server = {name}(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_a_crash_of_the_parent_the_next_one_adopts_the_server(kind: type[EmbeddedServer], state: Path) -> None:
    source = _PARENT.format(module=kind.__module__.rpartition(".")[2], name=kind.__name__)
    crashed = subprocess.run(
        [sys.executable, "-c", source, str(state)], capture_output=True, text=True, timeout=60, check=False
    )
    orphan = int(crashed.stdout)
    heir = kind(state)

    heir.start()

    assert heir.pid == orphan
    assert heir.supervises
    assert _answers(heir)
    heir.stop()
    assert not heir.is_alive()


def test_a_second_supervisor_attaches_and_stops_nothing(server: EmbeddedServer, state: Path) -> None:
    guest = type(server)(state)
    guest.start()
    assert not guest.supervises
    assert _answers(guest)

    guest.stop()

    assert server.is_alive()


def test_a_crash_while_the_cluster_is_made_leaves_no_half_of_one(state: Path) -> None:
    half = layout_of(state, "postgres").data.with_name("data.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(state)

    server.start()

    assert _answers(server)
    server.stop()


def test_a_deep_state_folder_gets_a_short_socket_path(kind: type[EmbeddedServer], tmp_path: Path) -> None:
    server = kind(tmp_path / ("deep" * 20) / ("deeper" * 10))

    server.start()

    assert _answers(server)
    server.stop()
    for left in server.layout.sockets.iterdir():
        left.unlink()
    server.layout.sockets.rmdir()


def test_what_redis_acknowledged_survives_kill_9(state: Path) -> None:
    from redis import Redis

    server = EmbeddedRedis(state)
    server.start()
    with Redis.from_url(server.url) as client:
        for number in range(200):
            client.set(f"key{number}", number)
        _kill(server)
    server.start()

    with Redis.from_url(server.url) as client:
        assert [int(client.get(f"key{number}")) for number in range(200)] == list(range(200))
    server.stop()


def test_it_never_runs_as_root_and_opens_no_folder_to_others(kind: type[EmbeddedServer], tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = kind(closed / "state")

    server.start()

    assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    assert closed.stat().st_mode & 0o077 == 0
    server.stop()
