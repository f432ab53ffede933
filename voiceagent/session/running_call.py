"""The loops of one answered call: media, worker, leg, background work. They feed the talk and perform what it wants."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial

import structlog

from voiceagent.compliance.withholding import withhold
from voiceagent.conversation.delegation import DelegationPackage, WorkDone
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.errors import UpstreamUnavailable, VoiceagentError, WorkerLost, first_error
from voiceagent.core.ids import DelegationId
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.call_recording import CallRecording, RecordingCommand
from voiceagent.session.commands import (
    Command,
    DropSpeech,
    EndCall,
    EnterOptOut,
    Note,
    Say,
    StartRecording,
    StartWork,
    StopWork,
    TransferLeg,
)
from voiceagent.session.media import CallMedia, MediaFrame
from voiceagent.session.micro_turns import MicroTurns
from voiceagent.session.opting_out import LAST_WORD_S, enter_opt_out
from voiceagent.session.parts import SessionParts
from voiceagent.session.performer import Performer
from voiceagent.session.ports import (
    DigitPressed,
    FloorSignal,
    Heard,
    HungUp,
    InteractionStream,
    SpeechReady,
    StreamEvent,
    TransferMoved,
)
from voiceagent.session.talk import Talk
from voiceagent.session.turn_clock import LIMIT_MS, TurnClock

_log = structlog.get_logger(__name__)


class CallOver(Exception):
    """Ends the loops; carries how the call ended."""

    def __init__(self, termination: Termination) -> None:
        super().__init__(termination.reason.value)
        self.termination = termination


class RunningCall:
    """One answered call while it lasts."""

    def __init__(
        self,
        parts: SessionParts,
        talk: Talk,
        stream: InteractionStream,
        media: CallMedia,
        performer: Performer,
        recording: CallRecording,
    ) -> None:
        self._parts = parts
        self._talk = talk
        self._stream = stream
        self._media = media
        self._performer = performer
        self._recording = recording
        self._turns = TurnClock()
        self._hints = parts.consent_hints
        self._worker_gone = False
        self._in_order = asyncio.Lock()  # a decision is performed to its end before the next one is made
        self._tasks: asyncio.TaskGroup | None = None
        self._unfinished: list[Command] = []  # of a decision that the end of the call cut off

    async def until_over(self, outside: asyncio.Queue[Termination]) -> Termination:
        """Run the call; returns when somebody hung up, something failed, or `outside` asked for the end."""
        termination = Termination.because(Reason.INTERNAL, "the call's loops ended without a reason")
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await self._feed(self._talk.begin)
                tasks.create_task(self._media_loop())
                tasks.create_task(self._stream_loop())
                tasks.create_task(self._leg_loop())
                tasks.create_task(self._watch_the_clock())
                tasks.create_task(_wait_for_end(outside))
        except* CallOver as over:
            termination = first_error(over).termination
        return termination

    async def wind_down(self, reason: Reason) -> None:
        """After the last frame: account for what was heard and said, and close the recording."""
        for command in self._unfinished:  # what was decided counts: a consent that was taken back above all
            if isinstance(command, RecordingCommand) and not isinstance(command, StartRecording):
                await self._recording.perform(command)
            self._note_only([command])
        for frame in self._media.rest():
            self._record(frame)
            for utterance_id in frame.started:
                self._note_only(self._talk.on_started(utterance_id, frame.end_ms))
            for played in frame.ended:
                self._note_only(self._talk.on_ended(played))
        for played in self._media.drop():
            self._note_only(self._talk.on_ended(played))
        self._note_only(self._talk.on_call_over(self._media.now_ms, reason))
        await self._recording.close()

    # -- loops ------------------------------------------------------------------------------------------------

    async def _media_loop(self) -> None:
        turns = MicroTurns(self._stream.tick_ms)
        async for frame in self._media.frames():
            self._record(frame)
            await self._account(frame)
            turn = turns.add(frame.without_caller() if self._talk.is_secret(frame.end_ms) else frame)
            if turn is not None and not self._worker_gone:
                try:
                    self._turns.sent(frame.end_ms)
                    await self._stream.turn(turn)
                except WorkerLost as error:
                    await self._worker_lost(error)

    def _record(self, frame: MediaFrame) -> None:
        self._recording.record(frame.silent() if self._talk.is_secret(frame.end_ms) else frame)

    async def _stream_loop(self) -> None:
        try:
            async for event in self._stream.events():
                await self._on_stream_event(event)
        except WorkerLost as error:
            await self._worker_lost(error)

    async def _on_stream_event(self, event: StreamEvent) -> None:
        now_ms = self._media.now_ms
        match event:
            case FloorSignal(turn=turn, floor=floor):
                heard_ms = self._turns.answered(turn)
                await self._feed(lambda: self._talk.on_floor(floor, now_ms, heard_ms=heard_ms))
            case Heard(recognised=recognised):
                await self._feed(lambda: self._talk.on_heard(recognised, now_ms))
            case SpeechReady():
                self._performer.speech_ready(event)

    async def _leg_loop(self) -> None:
        async for event in self._parts.leg.events():
            match event:
                case DigitPressed(digit=digit):
                    now_ms = self._media.now_ms
                    await self._feed(partial(self._talk.on_digit, digit, now_ms))
                case TransferMoved(sip_code=sip_code):
                    await self._feed(partial(self._talk.on_transfer, sip_code, self._media.now_ms))
                case HungUp(termination=termination):
                    raise CallOver(termination)
        raise CallOver(Termination.because(Reason.INTERNAL, "the leg ended without a reason"))

    async def _watch_the_clock(self) -> None:
        """Every limit of a call counts on the media clock: when it stands still, nothing else would end the call."""
        limit_s = self._parts.clock_limit_s
        while True:
            before_ms = self._media.now_ms
            await asyncio.sleep(limit_s)
            if self._media.now_ms == before_ms:
                raise CallOver(Termination.because(Reason.MEDIA_LOST, f"no media clock for {limit_s:g} s"))

    async def _work(self, package: DelegationPackage, captured: Mapping[str, Secret]) -> None:
        """Run a delegation. However it fails, the call goes on and the caller is told."""
        done = WorkDone(outcome="failed", detail="the background agent ended without a result")
        try:
            if captured:
                await self._parts.agent.hand_over(package.delegation_id, captured)
            async for update in self._parts.agent.run(package):
                await self._feed(partial(self._talk.on_work, package.delegation_id, update, self._media.now_ms))
        except CallOver:
            raise
        except UpstreamUnavailable as error:
            _log.warning("background agent unreachable", delegation_id=package.delegation_id, error=str(error))
            done = WorkDone(outcome="unreachable", detail=str(error))
        except Exception as error:  # noqa: BLE001 - whatever is wrong over there, the caller is still on the line here
            _log.exception("delegation failed", delegation_id=package.delegation_id)
            done = WorkDone(outcome="failed", detail=type(error).__name__)
        # Of work that has reported its end this one is ignored.
        await self._feed(partial(self._talk.on_work, package.delegation_id, done, self._media.now_ms))

    async def _stop_work(self, delegation_id: DelegationId) -> None:
        """Politeness towards the systems behind the tools: what still comes of it is dropped anyway."""
        try:
            await self._parts.agent.stop(delegation_id)
        except Exception as error:  # noqa: BLE001 - whatever is wrong over there, the caller is still on the line here
            _log.warning("work could not be stopped", delegation_id=delegation_id, error=type(error).__name__)

    async def _account(self, frame: MediaFrame) -> None:
        for utterance_id in frame.started:
            await self._feed(partial(self._talk.on_started, utterance_id, frame.end_ms))
        for played in frame.ended:
            await self._feed(partial(self._talk.on_ended, played))
        if self._worker_gone:
            await self._feed(partial(self._talk.on_time, frame.end_ms))
        elif self._turns.stalled:
            await self._worker_lost(WorkerLost(f"{self._stream.worker_id} has not answered for {LIMIT_MS} ms"))

    async def _feed(self, decide: Callable[[], list[Command]]) -> None:
        """Let the talk decide and perform what it wants before anything else is decided."""
        async with self._in_order:
            try:
                await self._perform(decide())
                await self._keep_hints_current()
            except WorkerLost as error:
                lost = error
            else:
                return
        await self._worker_lost(lost)

    async def _perform(self, commands: list[Command]) -> None:
        """All of them in order: a worker that goes away in between must not take the records with it."""
        lost: WorkerLost | None = None
        for at, command in enumerate(commands):
            try:
                await self._perform_one(command)
            except WorkerLost as error:
                lost = lost or error
            except asyncio.CancelledError:
                self._unfinished += commands[at:]
                raise
        if lost is not None:
            raise lost

    async def _perform_one(self, command: Command) -> None:
        match command:
            case Note():
                self._note_only([command])
            case EndCall():
                raise CallOver(command.termination)
            case DropSpeech():
                for played in (gone := self._performer.drop()):
                    await self._perform(self._talk.on_ended(played))
                await self._performer.cancel(gone)
            case Say() if not self._performer.can_say(command.plan.text):
                raise CallOver(Termination.because(Reason.WORKER_LOST, "nothing is left to speak with"))
            case StartWork() | StopWork() | EnterOptOut() if self._tasks is not None:
                self._tasks.create_task(self._beside(command))
            case TransferLeg():
                await self._transfer(command)
            case _ if isinstance(command, RecordingCommand):
                await self._recording.perform(command)
            case _:
                await self._performer.perform(command)

    def _beside(self, command: StartWork | StopWork | EnterOptOut) -> Coroutine[object, object, None]:
        match command:
            case StartWork():
                return self._work(command.package, command.captured)
            case StopWork():
                return self._stop_work(command.delegation_id)
            case EnterOptOut():
                return self._opt_out(command)

    async def _opt_out(self, command: EnterOptOut) -> None:
        await enter_opt_out(self._parts, command.opted_out)
        await self._feed(self._talk.on_opted_out)
        await asyncio.sleep(LAST_WORD_S)
        raise CallOver(Termination.because(Reason.OPTED_OUT))

    async def _transfer(self, command: TransferLeg) -> None:
        try:
            await self._parts.leg.transfer(command.target, command.reference)
        except VoiceagentError as error:
            _log.error("leg could not be asked to transfer", leg_id=self._parts.leg.leg_id, pii_error=str(error))
            await self._perform(self._talk.on_transfer(0, self._media.now_ms))

    def _note_only(self, commands: list[Command]) -> None:
        for event in (command.event for command in commands if isinstance(command, Note)):
            masked = self._parts.redaction.kept(event)  # it learns from what is withheld too
            self._parts.journal.append(withhold(masked, may_keep_words=self._talk.may_keep_words))
            self._recording.heed(event)

    async def _keep_hints_current(self) -> None:
        hints = self._parts.consent_hints if self._talk.in_opening else self._parts.responder.hints()
        if hints.name != self._hints.name and not self._worker_gone:
            self._hints = hints
            await self._stream.set_hints(hints)

    async def _worker_lost(self, error: WorkerLost) -> None:
        if self._worker_gone:
            return
        self._worker_gone = True
        self._performer.worker_gone()
        worker_id = self._stream.worker_id
        _log.error("worker lost", worker_id=worker_id, error=str(error))
        await self._feed(lambda: self._talk.on_worker_lost(worker_id, str(error), self._media.now_ms))


async def _wait_for_end(outside: asyncio.Queue[Termination]) -> None:
    raise CallOver(await outside.get())
