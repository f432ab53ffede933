"""The library goes up and down cleanly, in one process of its own per test."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_PRELUDE = """
import asyncio
import os
import socket
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import VoiceagentError
from voiceagent.gateways.sip.gateway import SipGateway
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.telephony.routing import Directory

async def nothing(*_):
    pass

def gateway(**options):
    return SipGateway(
        SipOptions(**{"sip_port": 0, **options}),
        directory_source=Directory, on_call=nothing, on_refused=nothing, clock=SystemClock(),
    )
"""


def run(body):
    code = f"{_PRELUDE}\nasync def main():\n{textwrap.indent(textwrap.dedent(body), '    ')}\nasyncio.run(main())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith("20")]  # less the log


def test_a_gateway_can_be_started_again_in_the_same_process():
    told = run("""
        for _ in range(3):
            async with gateway() as cell:
                print(cell.lines, cell.active, cell.is_direct)
    """)

    assert told == ["4 0 True"] * 3


def test_a_second_endpoint_in_one_process_is_refused_and_the_first_goes_on():
    told = run("""
        async with gateway() as first:
            try:
                async with gateway():
                    pass
            except VoiceagentError as error:
                print(type(error).__name__)
            print(first.lines)
    """)

    assert told == ["Conflict", "4"]


def test_a_taken_port_is_explained():
    told = run("""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            try:
                async with gateway(sip_port=port):
                    pass
            except VoiceagentError as error:
                print(type(error).__name__, f"127.0.0.1:{port}" in str(error))
    """)

    assert told == ["ConfigError True"]


def test_a_port_that_is_free_for_udp_only_is_not_chosen():
    told = run("""
        from voiceagent.gateways.sip import endpoint

        class Rival:
            "Takes the port for TCP as soon as the library has it for UDP, twice."

            def __init__(self, library):
                self.library, self.taken = library, []

            def __getattr__(self, name):
                return getattr(self.library, name)

            def transportCreate(self, kind, config):
                made = self.library.transportCreate(kind, config)
                if config.port == 0 and len(self.taken) < 2:
                    port = int(self.library.transportGetInfo(made).localName.rpartition(":")[2])
                    self.taken.append(socket.create_server(("127.0.0.1", port)))
                return made

        listen = endpoint._listen
        endpoint._listen = lambda library, options: listen(Rival(library), options)
        async with gateway() as cell:
            with socket.create_connection(("127.0.0.1", cell.sip_port)):
                print(cell.sip_port > 0)
    """)

    assert told == ["True"]


def test_an_error_of_the_caller_still_takes_the_library_down():
    told = run("""
        try:
            async with gateway():
                raise ValueError("of the caller")
        except ValueError as error:
            print(error)
        async with gateway() as again:
            print(again.lines)
    """)

    assert told == ["of the caller", "4"]


def test_the_threads_of_the_library_get_the_wanted_niceness_and_the_main_thread_does_not():
    told = run("""
        async with gateway(nice=7):
            tasks = {int(task) for task in os.listdir("/proc/self/task")}
            values = {task: os.getpriority(os.PRIO_PROCESS, task) for task in tasks}
            own = values.pop(os.getpid())
            print(own < 7, sorted(values.values()).count(7) >= 3)
    """)

    assert told == ["True True"]


def test_the_log_of_the_library_goes_to_its_file_only(tmp_path):
    told = run(f"""
        from pathlib import Path
        async with gateway(log_path=Path({str(tmp_path / "sip.log")!r})):
            pass
    """)

    assert told == []
    assert "pjsua_core.c" in (tmp_path / "sip.log").read_text()
