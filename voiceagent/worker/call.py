"""One call inside a worker: its slot, its ears, its voice. Three loops under one TaskGroup, every queue bounded.

The model's view of a micro-turn never waits for words: a recogniser may take seconds for the end of an utterance.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from voiceagent.audio.frame import from_bytes, to_bytes
from voiceagent.core.errors import BadInput
from voiceagent.interaction.contract import MicroTurnIn, SlotId
from voiceagent.speech.contract import Hints, Recognised, SpeechChunk, Voice
from voiceagent.worker import messages
from voiceagent.worker.hearing import Hearing
from voiceagent.worker.inbox import Inbox, Sound
from voiceagent.worker.scheduler import TurnScheduler

_PLANS = 32

_T = TypeVar("_T")
Send = Callable[[messages.FromWorker], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechThreads:
    """Shared by all calls of a worker. A recogniser that is busy with one call must not silence the others."""

    ears: Executor
    voices: Executor


class WorkerCall:
    """Feeds one session's messages to the engine, the recogniser and the voice."""

    def __init__(
        self, slot: SlotId, scheduler: TurnScheduler, hearing: Hearing, voice: Voice, threads: SpeechThreads, send: Send
    ) -> None:
        self._slot = slot
        self._scheduler = scheduler
        self._hearing = hearing
        self._voice = voice
        self._threads = threads
        self._send = send
        self._inbox: Inbox[messages.Turn] = Inbox()
        self._for_ears: Inbox[Sound] = Inbox()  # what the model has been through with
        self._plans: asyncio.Queue[messages.Speak] = asyncio.Queue(_PLANS)
        self._wanted: set[str] = set()  # utterances to be spoken or being spoken

    @property
    def dropped_turns(self) -> int:
        """Micro-turns that this worker was too slow for."""
        return self._inbox.dropped_turns + self._for_ears.dropped_turns

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._hear())
            tasks.create_task(self._talk())

    def take(self, message: messages.FromGateway) -> None:
        """Queue a message; never waits. Raises BadInput for one that makes no sense here or floods a queue."""
        match message:
            case messages.Turn() | messages.FinishHearing() | messages.SetHints():
                self._inbox.put(message)
            case messages.Speak():
                if self._plans.full():
                    raise BadInput(f"more than {_PLANS} utterances wait to be spoken")
                self._plans.put_nowait(message)
                self._wanted.add(message.utterance_id)
            case messages.Cancel():
                self._wanted.discard(message.utterance_id)
            case messages.Open():
                raise BadInput("the session is already open")

    async def _listen(self) -> None:
        while True:
            match await self._inbox.get():
                case messages.Turn() as turn:
                    await self._turn(turn)
                case messages.FinishHearing() | messages.SetHints() as request:
                    self._for_ears.put(request)

    async def _hear(self) -> None:
        while True:
            match await self._for_ears.get():
                case Sound(pcm=pcm, caller_active=active):
                    await self._heard(await self._in_ears(partial(self._hearing.hear, pcm, active)))
                case messages.FinishHearing():
                    await self._heard(await self._in_ears(self._hearing.finish), final_wanted=True)
                case messages.SetHints(name=name, grammar=grammar):
                    await self._in_ears(partial(self._hearing.set_hints, Hints(name=name, grammar=grammar)))

    async def _turn(self, message: messages.Turn) -> None:
        caller = from_bytes(message.caller)
        turn = MicroTurnIn(
            caller_pcm=caller,
            agent_pcm=from_bytes(message.agent),
            agent_words=message.words,
            more_to_say=message.more_to_say,
        )
        floor = (await self._scheduler.turn(self._slot, turn)).floor
        await self._send(
            messages.Floor(
                number=message.number,
                listen=floor.listen,
                speak=floor.speak,
                backchannel=floor.backchannel,
                yield_=floor.yield_,
                caller_active=floor.caller_active,
            )
        )
        self._for_ears.put(Sound(pcm=caller, caller_active=floor.caller_active))

    async def _heard(self, heard: Recognised | None, *, final_wanted: bool = False) -> None:
        if heard is None:
            if final_wanted:  # the gateway waits for a final: tell it that nothing was being said
                await self._send(
                    messages.Words(text="", final=True, understood=False, confidence=0.0, start_ms=0, end_ms=0)
                )
            return
        await self._send(
            messages.Words(
                text=heard.text,
                final=heard.final,
                understood=heard.understood,
                confidence=heard.confidence,
                start_ms=heard.start_ms,
                end_ms=heard.end_ms,
            )
        )

    async def _talk(self) -> None:
        while True:
            plan = await self._plans.get()
            await self._speak(plan)
            self._wanted.discard(plan.utterance_id)

    async def _speak(self, plan: messages.Speak) -> None:
        chunks = iter(self._voice.speak(plan.text))
        while plan.utterance_id in self._wanted:
            chunk: SpeechChunk | None = await _finished(self._threads.voices, lambda: next(chunks, None))
            if chunk is None:
                break
            words = tuple((word.text, word.start_ms, word.end_ms) for word in chunk.words)
            await self._send(messages.Speech(utterance_id=plan.utterance_id, pcm=to_bytes(chunk.pcm), words=words))
        await self._send(messages.Speech(utterance_id=plan.utterance_id, pcm=b"", last=True))

    async def _in_ears(self, work: Callable[[], _T]) -> _T:
        return await _finished(self._threads.ears, work)


async def _finished(threads: Executor, work: Callable[[], _T]) -> _T:
    """Run in a thread. When cancelled, wait for it all the same: the decoder is freed after us."""
    running = asyncio.get_running_loop().run_in_executor(threads, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
