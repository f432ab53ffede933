"""One caller's ears in a worker: the network's `caller_active` opens and closes the recogniser's utterances.

This segments words for the recogniser; it has no say in who has the floor.
"""

from voiceagent.audio.frame import Pcm
from voiceagent.speech.contract import Hints, Recognised, RecogniserStream

_BEGIN, _GO_ON = 0.5, 0.35
_REOPEN_AFTER_MS = 320  # less than a recogniser's pre-roll of 400 ms, so that nothing said meanwhile is lost
_PAUSE_AFTER_MS = 80  # the words are worked out while the model makes up its mind whether this is an end
_CLOSE_AFTER_MS = 1200  # most pauses within a turn are shorter (90 % are under 1.0 s), so one turn stays one utterance


class Hearing:
    """Drives a recogniser stream; synchronous, called from one thread at a time."""

    def __init__(self, stream: RecogniserStream, tick_ms: int) -> None:
        self._stream = stream
        self._tick_ms = tick_ms
        self._open = False
        self._quiet_ms = 0
        self._tail_ms = 0  # how much longer the speech that was just closed may linger without being a new utterance

    def hear(self, pcm: Pcm, caller_active: float) -> Recognised | None:
        """One micro-turn of caller audio and the network's view of it; a changed partial or a final, or None."""
        if not self._open and self._begins(caller_active):
            self._stream.begin()
            self._open = True
            self._quiet_ms = 0
        heard = self._stream.accept(pcm)
        if not self._open:
            return None
        before_ms = self._quiet_ms
        self._quiet_ms = 0 if caller_active >= _GO_ON else before_ms + self._tick_ms
        if before_ms < _PAUSE_AFTER_MS <= self._quiet_ms:
            return self._stream.pause()
        if self._quiet_ms < _PAUSE_AFTER_MS <= before_ms:
            self._stream.resume()
        elif self._quiet_ms >= _CLOSE_AFTER_MS:
            return self.finish()
        return heard

    def finish(self) -> Recognised | None:
        """Close the utterance now; its final words, or None when none was open."""
        if not self._open:
            return None
        self._open = False
        self._tail_ms = _REOPEN_AFTER_MS
        return self._stream.finish()

    def _begins(self, caller_active: float) -> bool:
        """Whether an utterance begins; the fading end of the one that was closed is none."""
        if caller_active < _GO_ON:
            self._tail_ms = 0
        elif self._tail_ms > 0:
            self._tail_ms -= self._tick_ms
        return caller_active >= _BEGIN and self._tail_ms <= 0

    def set_hints(self, hints: Hints) -> None:
        self._stream.set_hints(hints)
