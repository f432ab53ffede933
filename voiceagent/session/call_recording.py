"""The recording of a call as its consent comes and goes. Off until somebody allowed it."""

from collections.abc import Callable

import structlog

from voiceagent.audio.frame import to_bytes
from voiceagent.compliance.redaction.card_net import CardNet
from voiceagent.session.answer_sound import AnswerSound
from voiceagent.session.commands import (
    DiscardRecording,
    ForgetAnswer,
    HoldAnswer,
    KeepAnswer,
    SealRecording,
    StartRecording,
)
from voiceagent.session.media import CallMedia, MediaFrame
from voiceagent.session.ports import Journal, Recorder
from voiceagent.telephony.events import CallEvent, RecordingStarted

_log = structlog.get_logger(__name__)

EVIDENCE_S = 1.0  # for the consent itself to be acknowledged; nothing is recorded whose consent might get lost

RecordingCommand = StartRecording | DiscardRecording | SealRecording | HoldAnswer | ForgetAnswer | KeepAnswer


class CallRecording:
    """One call's recorder, when there is one, and the sound of the answer that allowed it."""

    def __init__(
        self,
        media: CallMedia,
        journal: Journal,
        make_recorder: Callable[[int], tuple[str, Recorder]],
        answer: AnswerSound,
    ) -> None:
        self._media = media
        self._journal = journal
        self._make_recorder = make_recorder
        self._answer = answer
        self._recorder: Recorder | None = None
        self._cards = CardNet()
        self._from_ms = 0
        self._stopped = False  # nothing is written any more, also when stopping is cut off and asked for again

    def record(self, frame: MediaFrame) -> None:
        """Keep a frame, unless it was heard before the recording was allowed and only comes late."""
        self._answer.hear(frame)
        if self._recorder is not None and not self._stopped and frame.end_ms > self._from_ms:
            self._recorder.write(frame.caller, to_bytes(frame.played.pcm))

    def heed(self, event: CallEvent) -> None:
        """Silence what was said in it, when that may not be stored. All events of the call have to come, in order."""
        for span in self._cards.caught(event):
            if self._recorder is not None and not self._stopped:
                silenced = self._recorder.silence(span.start_ms, span.end_ms)
                if silenced is not None:
                    self._journal.append(silenced)

    async def perform(self, command: RecordingCommand) -> None:
        """Switch, and note what came of it."""
        event: CallEvent | None = None
        match command:
            case StartRecording():
                event = await self._start()
            case DiscardRecording() | SealRecording():
                event = await self._stop(keeps=isinstance(command, SealRecording))
            case HoldAnswer(start_ms=start_ms, end_ms=end_ms):
                self._answer.hold(start_ms, end_ms)
            case ForgetAnswer():
                self._answer.forget()
            case KeepAnswer():
                event = await self._kept_answer()
        if event is not None:
            self._journal.append(event)

    async def close(self) -> None:
        """The call is over."""
        sealed = await self._recorder.seal() if self._recorder is not None and not self._stopped else None
        for event in (await self._kept_answer(), sealed):
            if event is not None:
                self._journal.append(event)

    async def _start(self) -> CallEvent | None:
        """Record from the next frame on. Nothing when it already runs, or when the consent can not be written down."""
        if self._recorder is not None:
            return None
        if not await self._journal.flush(EVIDENCE_S):
            _log.error("nothing is recorded: the consent could not be written down in time")
            self._answer.forget()
            return None
        self._stopped = False
        self._from_ms = self._media.now_ms
        recording_id, self._recorder = self._make_recorder(self._from_ms)
        return RecordingStarted(recording_id=recording_id, at_ms=self._from_ms)

    async def _stop(self, *, keeps: bool) -> CallEvent | None:
        """Stop at once; then close the file or leave nothing of it. None when none runs."""
        recorder = self._recorder
        if recorder is None:
            return None
        self._stopped = True
        event = await (recorder.seal() if keeps else recorder.discard())
        self._recorder = None
        return event

    async def _kept_answer(self) -> CallEvent | None:
        try:
            return await self._answer.keep()
        except OSError as error:
            _log.error("the sound of a consent could not be kept", why=error.strerror)
            return None
