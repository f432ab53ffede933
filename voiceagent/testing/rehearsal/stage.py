"""What a rehearsed call runs on: a real session between a leg in memory and a line, and time that is let go on.

Runs on a `VirtualTimeLoop`: a minute of call takes about a second.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from itertools import count
from typing import Final, Protocol

import numpy as np

from voiceagent.audio.frame import FRAME_MS, FRAME_SAMPLES, SILENCE, Pcm, to_bytes
from voiceagent.background.line_responder import line_responder
from voiceagent.background.responder import ProfileResponder
from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.config.time_zones import time_zone
from voiceagent.conversation.consent_answer import judge_consent
from voiceagent.conversation.delegation import DelegationPackage, DelegationUpdate
from voiceagent.conversation.profile import RecordsChoice, WordsKept
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.errors import InternalError
from voiceagent.core.ids import CallId, DelegationId, TenantId
from voiceagent.core.termination import Termination
from voiceagent.interaction.contract import SessionContext
from voiceagent.session.call_facts import CallFacts
from voiceagent.session.parts import SessionParts
from voiceagent.session.ports import BackgroundAgent, InteractionWorkers, Recorder
from voiceagent.session.session import CallSession
from voiceagent.speech.contract import SpeechChunk
from voiceagent.speech.grammar import consent_hints
from voiceagent.testing.memory_journal import MemoryJournal
from voiceagent.testing.memory_leg import MemoryLeg
from voiceagent.testing.memory_recorder import MemoryRecorder
from voiceagent.testing.planned import planned_agent
from voiceagent.testing.rehearsal.agent_folder import AgentFolder, Answer
from voiceagent.testing.rehearsal.virtual_time import VirtualClock, VirtualTimeLoop
from voiceagent.testing.rehearsal.watched_talk import WatchedTalk

_CALL_ID: Final = CallId("call_REHEARSAL")
_TENANT_ID: Final = TenantId("ten_REHEARSAL")


class Line(InteractionWorkers, Protocol):
    """What stands for model, ears and voice, and how the caller's words get on the line."""

    @property
    def prompts(self) -> Mapping[str, SpeechChunk]:
        """The profile's fixed texts, rendered ahead of the call."""
        ...

    def speaks(self, text: str) -> Pcm:
        """The caller begins to say this: (samples,) at 16 kHz."""
        ...


class Stage:
    """One call of one caller. Times are ms of its media clock."""

    def __init__(self, agent: AgentFolder, line: Line, caller: str, answers: Mapping[str, Answer]) -> None:
        clock = VirtualClock()
        tools = agent.all_tools(clock, answers)
        self.now_ms = 0
        self._agent = agent
        self._line = line
        self._caller = caller
        self._leg = MemoryLeg()
        self._numbers = count(1)
        self._clock = clock
        today = clock.now().astimezone(time_zone(agent.profile.timezone)).date()
        self._responder = line_responder(ProfileResponder(agent.profile, today), agent.profile, caller)
        self._talk: WatchedTalk | None = None
        self._session = CallSession(self._parts(planned_agent(agent.profile, tools, clock), clock))
        self._running: asyncio.Task[Termination] | None = None
        self._to_say: deque[bytes] = deque()  # frames of the caller

    async def begin(self) -> None:
        """The call comes in and is answered. Raises InternalError when it is not."""
        loop = asyncio.get_running_loop()
        self._running, answered = loop.create_task(self._session.run()), loop.create_task(self._leg.answered.wait())
        await asyncio.wait({self._running, answered}, return_when=asyncio.FIRST_COMPLETED)
        answered.cancel()
        if self._running.done():
            raise InternalError(f"the call was not answered: {self._running.result()}")

    async def end(self) -> None:
        """The caller hangs up, unless the call is over; then the session is."""
        if self._running is not None:
            self._leg.leave()
            await self._running

    @property
    def talk(self) -> WatchedTalk:
        if self._talk is None:
            raise RuntimeError("the call has not begun: `begin` first")
        return self._talk

    @property
    def over(self) -> bool:
        """Whether the call has ended: somebody hung up, or the session failed."""
        return bool(self._leg.ended)

    @property
    def ending(self) -> Termination | None:
        """How the call ended; None while it lasts."""
        return self._leg.ended[0] if self._leg.ended else None

    def press(self, key: str) -> None:
        self._leg.press(key)

    async def speak(self, text: str) -> None:
        """The caller says this, beginning now; returns after the last word."""
        pcm = self._line.speaks(text)
        padded = np.pad(pcm, (0, -len(pcm) % FRAME_SAMPLES))
        self._to_say.extend(to_bytes(frame) for frame in padded.reshape(-1, FRAME_SAMPLES))
        await self.until(lambda: not self._to_say, FRAME_MS * (len(self._to_say) + 1))

    async def go_on(self, ms: int) -> None:
        """Let so much of the call pass."""
        await self.until(lambda: False, ms)

    async def until(self, happened: Callable[[], bool], limit_ms: int) -> bool:
        """Let the call go on until this is true, it is over, or `limit_ms` have passed; whether it is true."""
        end_ms = self.now_ms + limit_ms
        while not happened() and self.now_ms < end_ms and not self.over:
            frame = self._to_say.popleft() if self._to_say else SILENCE
            await self._leg.listen(FRAME_MS, frame=frame)
            self.now_ms += FRAME_MS
            await asyncio.sleep(FRAME_MS / 1000)
        return happened()

    def _parts(self, background: BackgroundAgent, clock: VirtualClock) -> SessionParts:
        profile = self._agent.profile
        return SessionParts(
            leg=self._leg,
            context=SessionContext(language=profile.language, voice=profile.voice),
            workers=self._line,
            journal=MemoryJournal(clock, _CALL_ID, _TENANT_ID),
            responder=self._responder,
            consent_hints=consent_hints(profile),
            agent=_Patient(background),
            prompts=self._line.prompts,
            make_recorder=_recorder,
            make_clip=None,
            make_talk=self._make_talk,
            redaction=CallRedaction(RecordsChoice(words=WordsKept.RAW)),  # made words: whoever plays them reads them
        )

    def _make_talk(self, turn_ms: int) -> WatchedTalk:
        profile = self._agent.profile
        facts = CallFacts(
            call_id=_CALL_ID,
            tenant_id=_TENANT_ID,
            profile=profile.name,
            profile_version=profile.version,
            caller=self._caller,
            transferable=self._leg.transferable,
            answered_at=self._clock.now(),
        )
        self._talk = WatchedTalk(
            profile, facts, self._responder, judge_consent, lambda prefix: f"{prefix}_{next(self._numbers)}", turn_ms
        )
        return self._talk


class _Patient:
    """Implements `session.ports.BackgroundAgent`: time does not jump over the threads and sockets of a running tool."""

    def __init__(self, agent: BackgroundAgent) -> None:
        self._agent = agent

    async def run(self, package: DelegationPackage) -> AsyncIterator[DelegationUpdate]:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualTimeLoop):
            raise TypeError("a rehearsal runs on a VirtualTimeLoop")
        with loop.patient():
            async for update in self._agent.run(package):
                yield update

    async def hand_over(self, delegation_id: DelegationId, captured: Mapping[str, Secret]) -> None:
        await self._agent.hand_over(delegation_id, captured)

    async def stop(self, delegation_id: DelegationId) -> None:
        await self._agent.stop(delegation_id)


def _recorder(start_ms: int) -> tuple[str, Recorder]:
    return "rec_REHEARSAL", MemoryRecorder("rec_REHEARSAL", start_ms)
