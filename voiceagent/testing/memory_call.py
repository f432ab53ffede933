"""A whole call session in memory: real session code between a leg, a worker and a journal that a test holds."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from voiceagent.background.line_responder import line_responder
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import Reply
from voiceagent.core.ids import CallId, TenantId
from voiceagent.core.termination import Termination
from voiceagent.interaction.contract import SessionContext
from voiceagent.session.call_facts import CallFacts
from voiceagent.session.parts import SessionParts
from voiceagent.session.ports import Recorder
from voiceagent.session.session import CallSession
from voiceagent.session.talk import Talk
from voiceagent.speech.contract import Hints, SpeechChunk
from voiceagent.testing.floors import CALLER_SPEAKS, NOBODY, OUR_TURN
from voiceagent.testing.memory_journal import MemoryJournal
from voiceagent.testing.memory_leg import MemoryLeg
from voiceagent.testing.memory_recorder import MemoryRecorder
from voiceagent.testing.memory_stream import MemoryStream, MemoryWorkers
from voiceagent.testing.sample_profile import SAMPLE_REPLIES, SAMPLE_TIME, judge_by_list, sample_profile
from voiceagent.testing.scripted_agent import ScriptedAgent
from voiceagent.testing.scripted_responder import ScriptedResponder
from voiceagent.testing.tone_voice import rendered

_END_TIMEOUT_S = 30.0  # only so that nothing hangs: a busy machine may leave a test waiting for seconds


def rendered_prompts(profile: AgentProfile) -> dict[str, SpeechChunk]:
    """What a gateway has rendered before the first call: the opening, the apology, the signs of listening."""
    opening = profile.opening
    texts = (
        opening.disclosure,
        opening.notice,
        opening.question,
        f"{opening.thanks_granted} {profile.greeting}",
        f"{opening.thanks_denied} {profile.greeting}",
        profile.apology,
        profile.withdrawal.stopped,
        profile.withdrawal.not_recording,
        profile.about_me,
        profile.back_again,
        *profile.backchannels,
    )
    return {text: rendered(text) for text in texts}


@dataclass(kw_only=True)
class MemoryCall:
    """The parts of one call; replace any of them before `start`."""

    profile: AgentProfile = field(default_factory=sample_profile)
    replies: Mapping[str, Reply] = field(default_factory=lambda: SAMPLE_REPLIES)
    leg: MemoryLeg = field(default_factory=MemoryLeg)
    workers: MemoryWorkers = field(default_factory=MemoryWorkers)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    agent: ScriptedAgent = field(default_factory=ScriptedAgent)
    prompts: Mapping[str, SpeechChunk] | None = None
    recorders: list[MemoryRecorder] = field(default_factory=list)
    clips: list[MemoryRecorder] = field(default_factory=list)
    removal_s: float = 0.0  # that removing a recording takes
    termination: Termination | None = None

    def __post_init__(self) -> None:
        self.responder = ScriptedResponder(self.replies)
        self.session = CallSession(self.parts())
        self._numbers = count(1)

    @property
    def stream(self) -> MemoryStream:
        return self.workers.stream

    @property
    def recorder(self) -> MemoryRecorder:
        """The one recorder of this call."""
        (recorder,) = self.recorders
        return recorder

    def parts(self) -> SessionParts:
        """What the session is wired from."""
        return SessionParts(
            leg=self.leg,
            context=SessionContext(),
            workers=self.workers,
            journal=self.journal,
            responder=self.responder,
            consent_hints=Hints(name="consent"),
            agent=self.agent,
            prompts=rendered_prompts(self.profile) if self.prompts is None else self.prompts,
            make_recorder=self.make_recorder,
            make_clip=self.make_clip,
            make_talk=self.make_talk,
        )

    def make_recorder(self, start_ms: int) -> tuple[str, Recorder]:
        self.recorders.append(MemoryRecorder(start_ms=start_ms, removal_s=self.removal_s))
        return "rec_TEST", self.recorders[-1]

    def make_clip(self, start_ms: int) -> tuple[str, Recorder]:
        self.clips.append(MemoryRecorder("clip_TEST", start_ms=start_ms))
        return "clip_TEST", self.clips[-1]

    def make_talk(self, turn_ms: int) -> Talk:
        facts = CallFacts(
            call_id=CallId("call_TEST"),
            tenant_id=TenantId("ten_TEST"),
            profile=self.profile.name,
            profile_version=1,
            caller="+4930123",
            transferable=self.leg.transferable,
            answered_at=SAMPLE_TIME,
        )
        return Talk(
            self.profile,
            facts,
            line_responder(self.responder, self.profile, facts.caller),
            judge_by_list,
            lambda prefix: f"{prefix}_{next(self._numbers)}",
            turn_ms,
        )

    @asynccontextmanager
    async def answered(self) -> AsyncIterator[None]:
        """Run the call; inside the block it is answered, after it the session has ended."""
        async with asyncio.timeout(_END_TIMEOUT_S), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.session.run())
            await self.leg.answered.wait()
            yield
            self.termination = await running

    async def until_open(self, key: str = "1") -> None:
        """Hear the opening and answer it by key."""
        await self.leg.listen(2000)
        self.leg.press(key)
        await self.leg.listen(800)

    async def ask(self, words: str) -> None:
        """Speak for 800 ms, and be given the floor back."""
        self.stream.words.append(words)
        self.stream.view = CALLER_SPEAKS
        await self.leg.listen(800)
        self.stream.view = OUR_TURN
        await self.leg.listen(160)
        self.stream.view = NOBODY
