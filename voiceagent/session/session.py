"""The call session: from ringing to the last event. It connects parts and decides nothing."""

import asyncio
from collections.abc import Coroutine

import structlog

from voiceagent.core.errors import BadInput, Conflict, Unavailable, VoiceagentError, first_error
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.answer_sound import AnswerSound
from voiceagent.session.call_recording import CallRecording
from voiceagent.session.media import CallMedia
from voiceagent.session.parts import SessionParts
from voiceagent.session.performer import Performer
from voiceagent.session.ports import HungUp, InteractionStream, LegQuality
from voiceagent.session.running_call import RunningCall
from voiceagent.telephony.events import CallEnded, CallRefused, LegAnswered, LegEnded, LegRinging, WorkerLeased

_log = structlog.get_logger(__name__)
_FLUSH_S = 5.0
_GONE_S = 0.2  # a leg that ended says so at once


class CallSession:
    """One call."""

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts
        self._outside: asyncio.Queue[Termination] = asyncio.Queue(maxsize=8)
        self._media: CallMedia | None = None

    def request_end(self, termination: Termination) -> None:
        """End the call from outside (operator, shutdown); the first request wins."""
        if not self._outside.full():
            self._outside.put_nowait(termination)

    async def run(self) -> Termination:
        """Serve the call and return how it ended. Whatever goes wrong in it ends up in the record, not in a raise."""
        parts = self._parts
        if not parts.outbound:  # whom we call rings when their phone says so
            parts.journal.append(LegRinging(leg_id=parts.leg.leg_id))
        try:
            stream = await parts.workers.open(parts.context, parts.consent_hints)
        except Unavailable as error:
            refused = CallRefused(sip_code=503, reason=Reason.NO_CAPACITY, explanation=str(error))
            parts.journal.append(refused)
            return await self._end(Termination.because(Reason.NO_CAPACITY, str(error)))
        except Exception as error:  # noqa: BLE001 - the caller must hear the line close and the record must say why
            return await self._end(self._failure(error))
        except asyncio.CancelledError:
            await self._end(_CANCELLED)
            raise
        try:
            return await self._serve(stream)
        finally:
            await self._quietly(stream.close())

    async def _serve(self, stream: InteractionStream) -> Termination:
        parts = self._parts
        parts.journal.append(WorkerLeased(worker_id=stream.worker_id, fence=stream.fence))
        call: RunningCall | None = None
        try:
            termination = await self._answer()
            if termination is None and self._media is not None:
                call = self._running(stream, self._media)
                termination = await call.until_over(self._outside)
        except Exception as error:  # noqa: BLE001 - as above
            termination = self._failure(error)
        except asyncio.CancelledError:
            await self._end(_CANCELLED, call)
            raise
        ending = asyncio.ensure_future(  # noqa: TID251 - no cancellation may reach it; it is waited for below
            self._end(termination or Termination.because(Reason.INTERNAL), call)
        )
        try:
            return await asyncio.shield(ending)
        except asyncio.CancelledError:  # the call is ending already: its last events must still be written
            await asyncio.wait([ending])
            raise

    async def _answer(self) -> Termination | None:
        """Connect media; or how the call ended before it could begin."""
        leg = self._parts.leg
        if not self._outside.empty():
            return self._outside.get_nowait()
        self._media = CallMedia(asyncio.get_running_loop())
        try:
            codec = await (self._dial(self._media) if self._parts.outbound else leg.answer(self._media))
        except (BadInput, Conflict) as error:
            ended = await self._how_the_leg_ended()
            if ended is None:
                return Termination.because(Reason.UNSUPPORTED_CODEC, str(error))
            if ended.refused_with:
                reason = ended.termination.reason
                self._parts.journal.append(
                    CallRefused(sip_code=ended.refused_with, reason=reason, explanation=str(error))
                )
            return ended.termination
        self._parts.journal.append(LegAnswered(leg_id=leg.leg_id, codec=codec))
        return None

    async def _dial(self, media: CallMedia) -> str:
        """Dial and wait for the answer; who asks for the end meanwhile is heard."""
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(self._hang_up_when_asked())
            try:
                return await self._parts.leg.answer(media)
            except VoiceagentError as error:
                failure = error
            finally:
                asked.cancel()
        raise failure

    async def _hang_up_when_asked(self) -> None:
        await self._parts.leg.hang_up(await self._outside.get())

    async def _how_the_leg_ended(self) -> HungUp | None:
        """The caller may have left while we were still looking for a worker."""
        try:
            async with asyncio.timeout(_GONE_S):
                async for event in self._parts.leg.events():
                    if isinstance(event, HungUp):
                        return event
        except TimeoutError:
            pass
        return None

    def _running(self, stream: InteractionStream, media: CallMedia) -> RunningCall:
        parts = self._parts
        performer = Performer(media=media, stream=stream, prompts=parts.prompts)
        recording = CallRecording(media, parts.journal, parts.make_recorder, AnswerSound(parts.make_clip))
        return RunningCall(parts, parts.make_talk(stream.tick_ms), stream, media, performer, recording)

    def _failure(self, error: Exception) -> Termination:
        _log.error("call session failed", leg_id=self._parts.leg.leg_id, exc_info=error)
        cause = first_error(error) if isinstance(error, BaseExceptionGroup) else error
        return Termination.because(Reason.INTERNAL, type(cause).__name__)

    async def _end(self, termination: Termination, call: RunningCall | None = None) -> Termination:
        """Hang up and write the last events. Each step happens whatever became of the one before."""
        leg, journal = self._parts.leg, self._parts.journal
        quality = await self._quality() if self._media is not None else LegQuality()
        await self._quietly(leg.hang_up(termination))
        if self._media is not None:
            self._media.close()
        if call is not None:
            await self._quietly(call.wind_down(termination.reason))
        journal.append(
            LegEnded(
                leg_id=leg.leg_id,
                result=termination.result,
                reason=termination.reason,
                detail=termination.detail,
                packets_received=quality.packets_received,
                packets_lost=quality.packets_lost,
                jitter_ms=quality.jitter_ms,
            )
        )
        journal.append(
            CallEnded(
                result=termination.result,
                reason=termination.reason,
                detail=termination.detail,
                duration_ms=self._media.now_ms if self._media is not None else 0,
            )
        )
        if not await journal.flush(_FLUSH_S):
            _log.error("journal not flushed in time", leg_id=leg.leg_id)
        return termination

    async def _quality(self) -> LegQuality:
        try:
            return await self._parts.leg.quality()
        except Exception as error:  # noqa: BLE001 - counters are not worth a call's record
            _log.error("no quality counters", leg_id=self._parts.leg.leg_id, exc_info=error)
            return LegQuality()

    async def _quietly(self, step: Coroutine[object, object, None]) -> None:
        try:
            await step
        except Exception as error:  # noqa: BLE001 - the call is over: what is left to do must not stop the rest
            _log.error("a step of ending the call failed", leg_id=self._parts.leg.leg_id, exc_info=error)


_CANCELLED = Termination.because(Reason.SHUTDOWN, "the session was cancelled")
