"""CPU per browser call and echo round trip of the WebRTC gateway, on loopback.

    python benchmarks/bench_webrtc.py --calls 10 --seconds 20 [--loss 0.01]

A child process runs the gateway with an echo; this process plays the browsers, with the gateway's own lean media path
so that they do not starve the thing that is measured. The CPU is the child's, user and system, while all calls talk.
The round trip is counted in samples from the first sample of a beep said to the first one heard; the echo itself costs
one 20 ms beat, and loss (of packets to the gateway) is drawn evenly.
"""

import argparse
import asyncio
import json
import random
import resource
import statistics
import sys
from collections import deque
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from voiceagent.audio.frame import FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENCE, from_bytes, to_bytes
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TenantId
from voiceagent.gateways.webrtc import leg as leg_module
from voiceagent.gateways.webrtc.gateway import WebRtcGateway, WebRtcOffer
from voiceagent.gateways.webrtc.inbound import InboundAudio
from voiceagent.gateways.webrtc.leg import WebRtcLeg
from voiceagent.gateways.webrtc.options import WebRtcOptions
from voiceagent.gateways.webrtc.seam import host_addresses, tap_receiver
from voiceagent.gateways.webrtc.track import AgentTrack, MediaPump

BEEP_EVERY_FRAMES = 50


class Echo:
    """Says in the next beat what it heard in this one."""

    def __init__(self) -> None:
        self._out: deque[bytes] = deque(maxlen=3)

    def push(self, frame: bytes) -> None:
        self._out.append(frame)

    def pull(self) -> bytes:
        return self._out.popleft() if self._out else SILENCE


class Beeper:
    """Beeps for 20 ms every second and times the echo on the sample clock."""

    def __init__(self) -> None:
        t = np.arange(FRAME_SAMPLES) / SAMPLE_RATE_HZ
        self._beep = to_bytes((np.sin(2 * np.pi * 800 * t) * 14_000).astype(np.int16))
        self._said = self._heard = 0
        self._waiting_since: int | None = None
        self.round_trips_ms: list[float] = []

    def pull(self) -> bytes:
        self._said += 1
        if self._said % BEEP_EVERY_FRAMES:
            return SILENCE
        self._waiting_since = (self._said - 1) * FRAME_SAMPLES
        return self._beep

    def push(self, frame: bytes) -> None:
        loud = np.flatnonzero(np.abs(from_bytes(frame).astype(np.int32)) > 3_000)
        if self._waiting_since is not None and loud.size:
            samples = self._heard * FRAME_SAMPLES + int(loud[0]) - self._waiting_since
            self.round_trips_ms.append(samples * 1000 / SAMPLE_RATE_HZ)
            self._waiting_since = None
        self._heard += 1


async def serve(loss: float) -> None:
    """The child: one JSON line per offer in, one per answer out; `cpu` asks for the seconds used so far."""

    class LossyInbound(InboundAudio):
        def add(self, packet: Any) -> tuple[bool, None]:
            return (False, None) if random.random() < loss else super().add(packet)  # noqa: S311

    leg_module.InboundAudio = LossyInbound  # type: ignore[misc]

    async def on_call(_: WebRtcOffer, leg: WebRtcLeg) -> None:
        await leg.answer(Echo())
        async for _event in leg.events():
            pass

    options = WebRtcOptions(max_calls=500, host_addresses=("127.0.0.1",), connect_timeout_s=30)
    loop = asyncio.get_running_loop()
    async with WebRtcGateway(on_call=on_call, options=options, clock=SystemClock()) as gateway:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            command = json.loads(line)
            if command == "cpu":
                used = resource.getrusage(resource.RUSAGE_SELF)
                answer: Any = {"cpu_s": used.ru_utime + used.ru_stime, "rss_mib": used.ru_maxrss / 1024}
            else:
                answer = await gateway.offer(WebRtcOffer(sdp=command, tenant_id=TenantId("bench"), profile="echo"))
            print(json.dumps(answer), flush=True)


async def browser(ask: Any, beeper: Beeper) -> tuple[RTCPeerConnection, AgentTrack]:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    inbound = InboundAudio()
    track = AgentTrack(
        MediaPump(beeper, inbound),
        clock=SystemClock(),
        silence_limit_ms=1 << 30,
        on_silence=lambda: None,
        on_failure=print,
    )
    tap_receiver(peer.addTransceiver(track, direction="sendrecv").receiver, inbound)
    await peer.setLocalDescription(await peer.createOffer())
    answer = await ask(peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    return peer, track


async def measure(calls: int, seconds: float, loss: float) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--serve", "--loss", str(loss), stdin=-1, stdout=-1, limit=1 << 20
    )
    to_child, from_child = child.stdin, child.stdout
    if to_child is None or from_child is None:
        raise SystemExit("the gateway's process has no pipes")

    async def ask(what: str) -> Any:
        to_child.write(json.dumps(what).encode() + b"\n")
        return json.loads(await from_child.readline())

    with host_addresses(("127.0.0.1",)):
        beepers = [Beeper() for _ in range(calls)]
        lines = []
        for beeper in beepers:
            lines.append(await browser(ask, beeper))
            await asyncio.sleep(0.05)
        await asyncio.sleep(2)
        before = await ask("cpu")
        for beeper in beepers:
            beeper.round_trips_ms.clear()
        await asyncio.sleep(seconds)
        after = await ask("cpu")
        for peer, track in lines:
            track.stop()
            await peer.close()
    to_child.close()
    await child.wait()
    trips = sorted(trip for beeper in beepers for trip in beeper.round_trips_ms)
    print(
        json.dumps(
            {
                "calls": calls,
                "loss": loss,
                "cpu_percent_per_call": round((after["cpu_s"] - before["cpu_s"]) / seconds / calls * 100, 2),
                "round_trip_ms_median": round(statistics.median(trips), 1),
                "round_trip_ms_p95": round(trips[int(len(trips) * 0.95)], 1),
                "beeps_heard": len(trips),
                "beeps_said": round(calls * seconds),
                "rss_mib": round(after["rss_mib"]),
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve(arguments.loss))
    else:
        asyncio.run(measure(arguments.calls, arguments.seconds, arguments.loss))
