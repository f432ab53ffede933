"""A gateway in its own process for the tests: options come as JSON, events go out as JSON lines.

Handlers: `echo` sends back what it hears (or `tone_hz`), `ring` never answers, `fail` raises, `transfer` transfers the
caller at `#` and hangs up once the target has answered.
SIGTERM drains and stops it; SIGUSR1 gives it the directory of `later_trunks`.
"""

import asyncio
import json
import resource
import signal
import sys
import threading
from collections import deque
from dataclasses import asdict
from typing import Any

from voiceagent.audio.frame import FRAME_BYTES, SILENCE, from_bytes, to_bytes
from voiceagent.audio.tone import loudest_hz, make_tone
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import VoiceagentError
from voiceagent.core.ids import TrunkId
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.sip.gateway import SipGateway
from voiceagent.gateways.sip.leg import SipLeg
from voiceagent.gateways.sip.offer import Refusal, SipOffer
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.session.ports import DigitPressed, TransferMoved
from voiceagent.telephony.digest import DigestCredentials
from voiceagent.telephony.routing import Directory, Number, Trunk


def tell(kind: str, **values: Any) -> None:
    print(json.dumps({"event": kind, **values}), flush=True)  # noqa: T201  # how the test hears of it


class Media:
    """Echoes, or sends a tone; keeps what it heard."""

    def __init__(self, tone_hz: float) -> None:
        tone = to_bytes(make_tone(tone_hz, 1.0)) if tone_hz else b""
        self._tone = [tone[at : at + FRAME_BYTES] for at in range(0, len(tone), FRAME_BYTES)]
        self._echo: deque[bytes] = deque(maxlen=10)
        self.heard: deque[bytes] = deque(maxlen=100)
        self.pulled = 0
        self.pushed = 0

    def pull(self) -> bytes:
        self.pulled += 1
        if self._tone:
            return self._tone[self.pulled % len(self._tone)]
        return self._echo.popleft() if self._echo else SILENCE

    def push(self, frame: bytes) -> None:
        self.pushed += 1
        self.heard.append(frame)
        self._echo.append(frame)


class Desk:
    def __init__(self, arguments: dict[str, Any]) -> None:
        self.handler = arguments.get("handler", "echo")
        self.tone_hz = arguments.get("tone_hz", 0.0)
        self.hang_up_after_s = arguments.get("hang_up_after_s", 0.0)
        self.report_heard = arguments.get("report_heard", True)

    async def on_call(self, offer: SipOffer, leg: SipLeg) -> None:
        tell("offer", **asdict(offer))
        if self.handler == "fail":
            raise ValueError("the handler is broken")
        media = Media(self.tone_hz)
        if self.handler != "ring":
            try:
                tell("answered", codec=await leg.answer(media), sip_call_id=offer.sip_call_id)
            except VoiceagentError as error:
                tell("answer_failed", error=type(error).__name__, message=str(error))
                await leg.hang_up(Termination.because(Reason.INTERNAL))  # for its events to end if they have not
        async with asyncio.TaskGroup() as tasks:
            timer = tasks.create_task(self._hang_up_later(leg))
            async for event in leg.events():
                if isinstance(event, DigitPressed):
                    tell("digit", digit=event.digit)
                    if event.digit == "#" and self.handler == "transfer":
                        await leg.transfer("sip:people@pbx.test", "ref_0123")
                elif isinstance(event, TransferMoved):
                    tell("transfer", sip_code=event.sip_code)
                    if event.sip_code == 200:
                        await leg.hang_up(Termination.because(Reason.TRANSFERRED))
                else:
                    quality = await leg.quality()
                    heard = loudest_hz(from_bytes(b"".join(media.heard))) if self.report_heard else 0.0
                    tell(
                        "hung_up",
                        result=event.termination.result,
                        reason=event.termination.reason,
                        detail=event.termination.detail,
                        refused_with=event.refused_with,
                        sip_call_id=offer.sip_call_id,
                        heard_hz=heard,
                        pulled=media.pulled,
                        pushed=media.pushed,
                        **asdict(quality),
                    )
            timer.cancel()

    async def _hang_up_later(self, leg: SipLeg) -> None:
        if self.hang_up_after_s:
            await asyncio.sleep(self.hang_up_after_s)
            await leg.hang_up(Termination.because(Reason.TIME_LIMIT))

    async def on_refused(self, refusal: Refusal) -> None:
        tell("refused", **asdict(refusal))


def directory(arguments: dict[str, Any]) -> Directory:
    trunks = [
        Trunk(
            trunk_id=TrunkId(f"trk_{trunk['name']}"),
            name=trunk["name"],
            allow=tuple(trunk["allow"]),
            digest=DigestCredentials(**trunk["digest"]) if trunk.get("digest") else None,
        )
        for trunk in arguments.get("trunks", [{"name": "lab", "allow": ["127.0.0.0/8"]}])
    ]
    numbers = [Number(number=number, profile="lines") for number in arguments.get("numbers", ["100"])]
    return Directory(trunks=tuple(trunks), numbers=tuple(numbers))


async def main() -> None:
    arguments = json.loads(sys.argv[1])
    desk, known = Desk(arguments), [directory(arguments)]
    later = directory({**arguments, "trunks": arguments.get("later_trunks", [])})
    options = SipOptions(**{"sip_port": 0, "rtp_port": 20_000, **arguments.get("options", {})})
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: known.append(later))
    async with SipGateway(
        options,
        directory_source=lambda: known[-1],
        on_call=desk.on_call,
        on_refused=desk.on_refused,
        clock=SystemClock(),
    ) as gateway:
        tell("ready", sip_port=gateway.sip_port, lines=gateway.lines, direct=gateway.is_direct)
        await stop.wait()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    tell(
        "stopped",
        counters=gateway.counters(),
        cpu_s=usage.ru_utime + usage.ru_stime,
        max_rss_kib=usage.ru_maxrss,
        threads=[thread.name for thread in threading.enumerate()],
    )


if __name__ == "__main__":
    asyncio.run(main())
