"""A SIP gateway in its own process with a made agent: it greets with a tone, answers what it hears with another one,
stops when it is spoken over for long, and hangs up after the last answer. Options come as JSON, events go out as JSON.
"""

import asyncio
import json
import signal
import sys
from typing import Any

from voiceagent.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, from_bytes, to_bytes
from voiceagent.audio.level import rms_dbfs
from voiceagent.audio.tone import make_tone
from voiceagent.config.logging import LogOptions, set_up_logging
from voiceagent.core.clock import SystemClock
from voiceagent.core.ids import TrunkId
from voiceagent.core.termination import Reason, Termination
from voiceagent.gateways.sip.gateway import SipGateway
from voiceagent.gateways.sip.leg import SipLeg
from voiceagent.gateways.sip.offer import Refusal, SipOffer
from voiceagent.gateways.sip.options import SipOptions
from voiceagent.telephony.routing import Directory, Number, Trunk

_TONE = to_bytes(make_tone(700.0, 1.0))
_FRAMES = [_TONE[at : at + FRAME_BYTES] for at in range(0, len(_TONE), FRAME_BYTES)]
_ANSWER_AFTER_MS = 400
_GIVE_WAY_MS = 900


class MadeAgent:
    """Speaks in tones; its turns are given as lengths in ms."""

    def __init__(self, turns_ms: list[int]) -> None:
        self._turns = turns_ms
        self._left_ms = turns_ms.pop(0)
        self._caller_ms = 0  # of the caller's speech that is not answered yet
        self._quiet_ms = _ANSWER_AFTER_MS
        self._ticks = 0
        self._idle_ms = 0
        self.done = asyncio.Event()

    def pull(self) -> bytes:
        self._ticks += 1
        if self._left_ms <= 0:
            self._idle_ms += FRAME_MS
            return SILENCE
        self._left_ms -= FRAME_MS
        self._idle_ms = 0
        return _FRAMES[self._ticks % len(_FRAMES)]

    def push(self, frame: bytes) -> None:
        if rms_dbfs(from_bytes(frame)) > -45:
            self._caller_ms += FRAME_MS
            self._quiet_ms = 0
            if self._caller_ms >= _GIVE_WAY_MS:
                self._left_ms = 0
            return
        self._quiet_ms += FRAME_MS
        if self._quiet_ms == _ANSWER_AFTER_MS:
            if self._left_ms <= 0 and self._turns:
                self._left_ms = self._turns.pop(0)
            self._caller_ms = 0
        elif self._quiet_ms > 2000 and self._idle_ms > 2000 and not self._turns:
            self.done.set()


async def main() -> None:
    set_up_logging(LogOptions(process="answering_gateway"))
    arguments: dict[str, Any] = json.loads(sys.argv[1])
    trunk = Trunk(trunk_id=TrunkId("trk_lab"), name="lab", allow=("127.0.0.0/8",))
    directory = Directory(trunks=(trunk,), numbers=(Number(number="100", profile="made"),))

    async def on_call(_offer: SipOffer, leg: SipLeg) -> None:
        agent = MadeAgent(list(arguments["turns_ms"]))
        await leg.answer(agent)
        async with asyncio.timeout(50):
            while not agent.done.is_set():  # set on the media thread
                await asyncio.sleep(0.02)
        await leg.hang_up(Termination.because(Reason.AGENT_HUNG_UP))

    async def on_refused(_refusal: Refusal) -> None:
        pass

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    options = SipOptions(sip_port=0, rtp_port=arguments["rtp_port"])
    async with SipGateway(
        options, directory_source=lambda: directory, on_call=on_call, on_refused=on_refused, clock=SystemClock()
    ) as gateway:
        print(json.dumps({"sip_port": gateway.sip_port}), flush=True)  # noqa: T201  # how the test hears of it
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
