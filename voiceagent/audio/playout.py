"""The playout buffer: what the caller hears next, and the clock that knows which word has been played.

Pure and synchronous: `pull` is called once per 20 ms by whoever owns the clock. An utterance can be ducked (quieter),
paused (silent, kept), continued from the start of the word that was cut, or dropped. Backchannels are laid over
silence or speech without touching the utterance.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from voiceagent.audio.frame import FRAME_SAMPLES, Pcm, ms_to_samples, samples_to_ms
from voiceagent.audio.words import WordTiming
from voiceagent.core.ids import UtteranceId

_FULL, _DUCKED, _SILENT = 1.0, 0.3, 0.0  # -10 dB: clearly quieter, still intelligible should it go on
_RAMP_SAMPLES = 480  # 30 ms from one gain to the other, short enough to be a reaction, long enough not to click


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedUtterance:
    """What became of an utterance. Times are ms of the playout clock; `played` holds the words that were heard."""

    utterance_id: UtteranceId
    start_ms: int
    end_ms: int
    played: tuple[WordTiming, ...]
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledFrame:
    """One 20 ms frame and what it meant: (FRAME_SAMPLES,) int16, words that began in it, and what started or ended."""

    pcm: Pcm
    words: tuple[str, ...] = ()
    audible: UtteranceId | None = None
    started: UtteranceId | None = None
    ended: PlayedUtterance | None = None
    more_to_say: bool = False


@dataclass(slots=True)
class _Utterance:
    utterance_id: UtteranceId
    chunks: list[Pcm] = field(default_factory=list)
    words: list[WordTiming] = field(default_factory=list)
    total: int = 0  # samples received
    position: int = 0  # samples played
    furthest: int = 0  # a word heard before a rewind stays heard
    complete: bool = False  # the last chunk has arrived
    start_ms: int = -1
    end_ms: int = -1

    def take(self, count: int) -> Pcm:
        out = np.zeros(count, dtype=np.int16)
        wanted, offset, filled = self.position, 0, 0
        for chunk in self.chunks:
            if wanted < offset + len(chunk) and filled < count:
                piece = chunk[wanted - offset : wanted - offset + count - filled]
                out[filled : filled + len(piece)] = piece
                filled += len(piece)
                wanted += len(piece)
            offset += len(chunk)
        self.position += filled
        self.furthest = max(self.furthest, self.position)
        return out

    @property
    def finished(self) -> bool:
        return self.complete and self.position >= self.total

    def heard(self) -> tuple[WordTiming, ...]:
        """A word counts as heard when more than half of it was played."""
        at = samples_to_ms(self.furthest)
        return tuple(word for word in self.words if (word.start_ms + word.end_ms) / 2 <= at)

    def rewind_to_word(self) -> None:
        """Go back to the start of the word that the position lies in, so that nothing is half said.

        Between two words nothing is cut, and nothing said before is said again.
        """
        at = samples_to_ms(self.position)
        cut = [word.start_ms for word in self.words if word.start_ms <= at < word.end_ms]
        if cut:
            self.position = min(self.position, ms_to_samples(cut[-1]))
        elif not self.words:
            self.position = 0  # a voice that tells no word times is heard from its start again


class PlayoutBuffer:
    """One leg's outgoing speech. Not thread-safe: the owner serialises access."""

    def __init__(self) -> None:
        self._queue: deque[_Utterance] = deque()
        self._overlay: Pcm = np.zeros(0, dtype=np.int16)
        self._samples = 0
        self._gain = _FULL
        self._target = _FULL
        self._paused = False
        self.starved_frames = 0

    @property
    def now_ms(self) -> int:
        """Media time of the next frame to be pulled."""
        return samples_to_ms(self._samples)

    @property
    def current(self) -> UtteranceId | None:
        """The utterance being played or held."""
        return self._queue[0].utterance_id if self._queue else None

    @property
    def paused(self) -> bool:
        return self._paused

    def append(self, utterance_id: UtteranceId, pcm: Pcm, words: tuple[WordTiming, ...], *, last: bool) -> None:
        """Add audio to an utterance, opening it when it is new. Audio for one that is gone is dropped."""
        entry = next((item for item in self._queue if item.utterance_id == utterance_id), None)
        if entry is None:
            return
        if len(pcm):
            entry.chunks.append(pcm)
        entry.words.extend(words)
        entry.total += len(pcm)
        entry.complete = last

    def open(self, utterance_id: UtteranceId) -> None:
        """Queue an utterance whose audio will follow."""
        self._queue.append(_Utterance(utterance_id))

    def overlay(self, pcm: Pcm) -> None:
        """Lay a backchannel over what is being played, from the next frame on."""
        self._overlay = pcm

    def duck(self) -> None:
        """Go quieter; harmless when nothing is queued."""
        if self._queue:
            self._target = _DUCKED

    def unduck(self) -> None:
        self._target = _FULL

    def pause(self) -> None:
        """Fall silent within one frame but keep what is left; harmless when nothing is queued."""
        self._paused = bool(self._queue)

    def proceed(self) -> None:
        """Go on after a pause, from the start of the word that was cut, rising to full level."""
        if self._paused and self._queue and self._gain == _SILENT:
            self._queue[0].rewind_to_word()
        self._paused = False
        self._target = _FULL

    def drop(self) -> tuple[PlayedUtterance, ...]:
        """Forget everything queued; what became of each utterance that had begun or was waiting."""
        gone = tuple(self._describe(item, completed=item.finished) for item in self._queue)
        self._queue.clear()
        self._settle()
        return gone

    def pull(self) -> PulledFrame:
        """Advance the clock by one frame."""
        frame = self._speak() if self._queue and (not self._paused or self._gain > _SILENT) else self._silence()
        self._samples += FRAME_SAMPLES
        return frame

    def _silence(self) -> PulledFrame:
        return PulledFrame(pcm=self._mix(np.zeros(FRAME_SAMPLES, dtype=np.int16)))

    def _speak(self) -> PulledFrame:
        entry = self._queue[0]
        before = entry.position
        pcm = entry.take(FRAME_SAMPLES)
        advanced = entry.position - before
        self.starved_frames += advanced < FRAME_SAMPLES and entry.position > 0 and not entry.complete
        if not advanced and not entry.finished:
            if self._paused:
                self._gain = _SILENT  # there was nothing to fade, and what comes now must not be heard
            return self._silence()
        started = None
        if entry.start_ms < 0:
            entry.start_ms, started = self.now_ms, entry.utterance_id
        if advanced or entry.end_ms < 0:
            entry.end_ms = self.now_ms + samples_to_ms(advanced)
        low, high = samples_to_ms(before), samples_to_ms(entry.position)
        words = tuple(word.text for word in entry.words if low <= word.start_ms < high)
        ended = None
        if entry.finished:
            self._queue.popleft()
            ended = self._describe(entry, completed=True)
        shaped = self._shape(pcm)
        if not self._queue:
            self._settle()
        return PulledFrame(
            pcm=self._mix(shaped),
            words=words,
            audible=entry.utterance_id,
            started=started,
            ended=ended,
            more_to_say=not entry.finished,
        )

    def _settle(self) -> None:
        """Nothing is left: what comes next is neither held nor quiet."""
        self._paused = False
        self._gain = self._target = _FULL

    def _shape(self, pcm: Pcm) -> Pcm:
        """Apply the gain, moving towards the target by at most one ramp per 30 ms."""
        target = _SILENT if self._paused else self._target
        if self._gain == target == _FULL:
            return pcm
        step = FRAME_SAMPLES / _RAMP_SAMPLES if not self._paused else 1.0  # a pause is silent after this frame
        reached = target if abs(target - self._gain) <= step else self._gain + np.sign(target - self._gain) * step
        ramp = np.linspace(self._gain, reached, FRAME_SAMPLES, dtype=np.float32)
        self._gain = float(reached)
        return (pcm.astype(np.float32) * ramp).astype(np.int16)

    def _mix(self, pcm: Pcm) -> Pcm:
        if not len(self._overlay):
            return pcm
        head, self._overlay = self._overlay[:FRAME_SAMPLES], self._overlay[FRAME_SAMPLES:]
        mixed = pcm.astype(np.int32)
        mixed[: len(head)] += head
        return np.clip(mixed, -32768, 32767).astype(np.int16)

    def _describe(self, entry: _Utterance, *, completed: bool) -> PlayedUtterance:
        start = entry.start_ms if entry.start_ms >= 0 else self.now_ms
        return PlayedUtterance(
            utterance_id=entry.utterance_id,
            start_ms=start,
            end_ms=max(start, entry.end_ms),
            played=entry.heard(),
            completed=completed,
        )
