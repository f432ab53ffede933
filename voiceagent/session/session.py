"""The call session: from ringing to the last event. It connects parts and decides nothing."""

import asyncio

import structlog

from voiceagent.core.errors import BadInput, Unavailable
from voiceagent.core.termination import Reason, Termination
from voiceagent.session.media import CallMedia
from voiceagent.session.parts import SessionParts
from voiceagent.session.performer import Performer
from voiceagent.session.ports import InteractionStream, LegQuality
from voiceagent.session.running_call import RunningCall
from voiceagent.telephony.events import CallEnded, CallRefused, LegAnswered, LegEnded, LegRinging, WorkerLeased

_log = structlog.get_logger(__name__)
_FLUSH_S = 5.0


class CallSession:
    """One call."""

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts
        self._outside: asyncio.Queue[Termination] = asyncio.Queue(maxsize=8)

    def request_end(self, termination: Termination) -> None:
        """End the call from outside (operator, shutdown); the first request wins."""
        if not self._outside.full():
            self._outside.put_nowait(termination)

    async def run(self) -> Termination:
        """Serve the call and return how it ended. Whatever goes wrong in it ends up in the record, not in a raise."""
        parts = self._parts
        parts.journal.append(LegRinging(leg_id=parts.leg.leg_id))
        try:
            stream = await parts.workers.open(parts.context, parts.consent_hints)
        except Unavailable as error:
            refused = CallRefused(sip_code=503, reason=Reason.NO_CAPACITY, explanation=str(error))
            parts.journal.append(refused)
            return await self._end(Termination.because(Reason.NO_CAPACITY, str(error)), 0)
        try:
            return await self._serve(stream)
        finally:
            await stream.close()

    async def _serve(self, stream: InteractionStream) -> Termination:
        parts = self._parts
        parts.journal.append(WorkerLeased(worker_id=stream.worker_id, fence=stream.fence))
        media = CallMedia(asyncio.get_running_loop())
        try:
            codec = await parts.leg.answer(media)
        except BadInput as error:
            return await self._end(Termination.because(Reason.UNSUPPORTED_CODEC, str(error)), 0)
        parts.journal.append(LegAnswered(leg_id=parts.leg.leg_id, codec=codec))
        call = self._running(stream, media)
        try:
            termination = await call.until_over(self._outside)
        except Exception as error:  # noqa: BLE001 - the caller must hear the line close and the record must say why
            _log.exception("call session failed", leg_id=parts.leg.leg_id)
            termination = Termination.because(Reason.INTERNAL, type(error).__name__)
        quality = await parts.leg.quality()
        await parts.leg.hang_up(termination)
        media.close()
        await call.wind_down()
        return await self._end(termination, media.now_ms, quality)

    def _running(self, stream: InteractionStream, media: CallMedia) -> RunningCall:
        parts = self._parts
        performer = Performer(media=media, stream=stream, prompts=parts.prompts, make_recorder=parts.make_recorder)
        return RunningCall(parts, parts.make_talk(stream.tick_ms), stream, media, performer)

    async def _end(self, termination: Termination, duration_ms: int, quality: LegQuality | None = None) -> Termination:
        leg, journal = self._parts.leg, self._parts.journal
        await leg.hang_up(termination)
        quality = quality or LegQuality()
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
        ended = CallEnded(
            result=termination.result,
            reason=termination.reason,
            detail=termination.detail,
            duration_ms=duration_ms,
        )
        journal.append(ended)
        if not await journal.flush(_FLUSH_S):
            _log.error("journal not flushed in time", leg_id=leg.leg_id)
        return termination
