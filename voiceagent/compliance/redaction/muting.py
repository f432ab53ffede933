"""From masked words to silence in a recording: which turns, and the recording without them.

A recogniser tells when a turn began and ended, not where in it a word was, so that a whole turn goes silent. On both
sides: who repeats a number is heard on the other channel as an echo.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from voiceagent.compliance.redaction.values import Kind
from voiceagent.records.at_rest.stored_recordings import OpenRecording
from voiceagent.records.values import TranscriptSegment
from voiceagent.records.wav_file import find_samples

HEAD_MS: Final = 150  # the times of a turn are a recogniser's guess: its first sound may lie before them
TAIL_MS: Final = 250
_MARK: Final = re.compile("|".join(re.escape(kind.mark) for kind in Kind))
_HEAD_BYTES: Final = 4096  # chunks before the sound of a file of ours take some 150


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteSpan:
    """Milliseconds [start_ms, end_ms) after the answer."""

    start_ms: int
    end_ms: int


def masked_turns(segments: Iterable[TranscriptSegment]) -> tuple[MuteSpan, ...]:
    """The turns in which something was masked, and those of which no words are known; merged, in order."""
    return merged(
        MuteSpan(start_ms=max(0, one.start_ms - HEAD_MS), end_ms=one.end_ms + TAIL_MS)
        for one in segments
        if not one.text or _MARK.search(one.text) or _MARK.search(one.planned)
    )


def merged(spans: Iterable[MuteSpan]) -> tuple[MuteSpan, ...]:
    """Spans that touch become one."""
    done: list[MuteSpan] = []
    for span in sorted(spans, key=lambda span: span.start_ms):
        if done and span.start_ms <= done[-1].end_ms:
            done[-1] = MuteSpan(start_ms=done[-1].start_ms, end_ms=max(done[-1].end_ms, span.end_ms))
        else:
            done.append(span)
    return tuple(done)


class Muted:
    """The WAV file `sound`, silent within the spans; its first frame is `start_ms` after the answer.

    Raises BadInput for what is no WAV file of whole frames.
    """

    def __init__(self, sound: OpenRecording, spans: Iterable[MuteSpan], start_ms: int) -> None:
        self._sound = sound
        self.size = sound.size
        samples = find_samples(sound.read(0, min(sound.size, _HEAD_BYTES)))

        def byte_of(at_ms: int) -> int:
            frame = max(0, at_ms - start_ms) * samples.rate_hz // 1000
            return min(samples.end, samples.begin + frame * samples.frame_bytes)

        self._silent = [(byte_of(span.start_ms), byte_of(span.end_ms)) for span in spans]

    def read(self, start: int, length: int) -> bytes:
        """Raises Damaged, OSError."""
        block = bytearray(self._sound.read(start, length))
        for begin, end in self._silent:
            first, last = max(begin - start, 0), min(end - start, len(block))
            if first < last:
                block[first:last] = bytes(last - first)
        return bytes(block)

    def close(self) -> None:
        self._sound.close()
