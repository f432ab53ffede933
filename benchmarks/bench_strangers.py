"""What a flood from somebody who is on no trunk costs a SIP gateway, answered and dropped (`sip.strangers`).

    python benchmarks/bench_strangers.py [--seconds 10] [--rate 500]

A gateway in a process of its own allows 127.0.0.1; from 127.0.0.2 come OPTIONS and INVITEs as scanners send them.
Printed are the answers that came back, and the gateway's CPU time in percent of a core, less what it takes when nothing
comes.
"""

import argparse
import asyncio
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TrunkId
from voiceagent.gateways.sip.gateway import SipGateway
from voiceagent.gateways.sip.leg import SipLeg
from voiceagent.gateways.sip.offer import Refusal, SipOffer
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.telephony.routing import Directory, Number, Trunk

STRANGER = "127.0.0.2"
_clock = SystemClock()
_REQUEST = (
    "{method} sip:100@127.0.0.1 SIP/2.0\r\nMax-Forwards: 70\r\n"
    "Via: SIP/2.0/UDP {source};branch=z9hG4bK{place};rport\r\n"
    'From: "sipvicious"<sip:100@1.1.1.1>;tag={place}\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: {place}@scan\r\n'
    "CSeq: 1 {method}\r\nContact: <sip:100@{source}>\r\nUser-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=500, help="requests a second")
    parser.add_argument("--serve", choices=("answer", "drop"), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        asyncio.run(_serve(drop=wanted.serve == "drop"))
        return
    print(f"machine: {os.cpu_count()} cores, {platform.machine()}; {wanted.rate} requests/s for {wanted.seconds:.0f} s")
    print("| strangers are | sent | answers | CPU beyond idle, % of a core |")
    print("|---|---|---|---|")
    for manner in ("answer", "drop"):
        sent, answers, share = _measure(manner, wanted.seconds, wanted.rate)
        print(f"| {manner} | {sent} | {answers} | {share:.1f} |", flush=True)


async def _serve(*, drop: bool) -> None:
    trunk = Trunk(trunk_id=TrunkId("trk_1"), name="carrier", allow=("127.0.0.1/32",))
    directory = Directory(trunks=(trunk,), numbers=(Number(number="100", profile="orders"),))

    async def on_call(_offer: SipOffer, _leg: SipLeg) -> None: ...

    async def on_refused(_refusal: Refusal) -> None: ...

    options = SipOptions(sip_port=0, rtp_port=23_000, drop_strangers=drop)
    async with SipGateway(
        options, directory_source=lambda: directory, on_call=on_call, on_refused=on_refused, clock=SystemClock()
    ) as gateway:
        print(gateway.sip_port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _measure(manner: str, seconds: float, rate: int) -> tuple[int, int, float]:
    command = [sys.executable, __file__, "--serve", manner]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as gateway:  # noqa: S603 - ourselves
        port = next(int(line) for line in gateway.stdout or () if line.strip().isdigit())
        time.sleep(1.0)
        idle = _share(gateway.pid, lambda: time.sleep(seconds / 2))
        counts: list[int] = []
        busy = _share(gateway.pid, lambda: counts.extend(_flood(port, seconds, rate)))
        gateway.communicate()
    return counts[0], counts[1], busy - idle


def _flood(port: int, seconds: float, rate: int) -> tuple[int, int]:
    """Requests that were sent, and what came back."""
    answers = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as scanner:
        scanner.bind((STRANGER, 0))
        scanner.settimeout(0.0)
        source = ":".join(map(str, scanner.getsockname()))
        begun_s = _clock.monotonic()
        for place in range(int(seconds * rate)):
            method = "INVITE" if place % 10 == 0 else "OPTIONS"
            scanner.sendto(_REQUEST.format(method=method, source=source, place=place).encode(), ("127.0.0.1", port))
            answers += _received(scanner)
            time.sleep(max(0.0, begun_s + place / rate - _clock.monotonic()))
        time.sleep(0.5)
        return int(seconds * rate), answers + _received(scanner)


def _received(scanner: socket.socket) -> int:
    count = 0
    while True:
        try:
            scanner.recv(65_535)
        except BlockingIOError:
            return count
        count += 1


def _share(process_id: int, act: Callable[[], object]) -> float:
    """CPU time of the process while `act` runs, in percent of a core."""
    began_s, cpu_s = _clock.monotonic(), _cpu_s(process_id)
    act()
    return 100.0 * (_cpu_s(process_id) - cpu_s) / (_clock.monotonic() - began_s)


def _cpu_s(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
