"""What the caller experienced, measured on the caller's own recording. Pure.

Both channels lie on one clock, the caller's 20 ms frames: left is what the caller sent, right is what came in over RTP
at the same time. So every figure holds all that is in between: codecs, jitter buffers, the model, the voice.

* **Response latency**: from the end of the sound of a line to the beginning of the agent's answer. The answer is the
  first stretch of agent sound that goes on for 500 ms beyond the end of the line: a backchannel ("mm-hm") that the
  agent laid over the line is none. Negative when the agent began before the line was over.
* **Barge-in stop**: from the beginning of the sound of the caller's line to the last agent sound before the agent is
  silent for 400 ms. (The pause between two sentences of the agent is 300 ms: it must not pass for a stop.)
* **Backchannel survived**: from its beginning until 1 s after its end the agent is never silent for more than 450 ms,
  the longest pause that it makes within an utterance by itself, rounded up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voiceagent.audio.frame import Pcm, ms_to_samples, samples_to_ms
from voiceagent.audio.spans import SoundSpan, sound_spans
from voiceagent.testing.caller.runner import SpokenLine
from voiceagent.testing.caller.script import Role

_ANSWER_MS: Final = 500
_STOPPED_MS: Final = 400
_OWN_PAUSE_MS: Final = 450
_AFTER_BACKCHANNEL_MS: Final = 1000
_RESPONSE_DUE: Final = frozenset({Role.ANSWER, Role.QUESTION, Role.GOODBYE})


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """What happened on one of the caller's lines. A figure that does not apply, or never came, is None."""

    line: SpokenLine
    response_ms: int | None = None
    stop_ms: int | None = None
    longest_silence_ms: int | None = None

    @property
    def survived(self) -> bool:
        """The agent went on through this backchannel."""
        return self.longest_silence_ms is not None and self.longest_silence_ms <= _OWN_PAUSE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The figures of one call, in the order of the lines."""

    lines: tuple[LineResult, ...]

    @property
    def response_latency_ms(self) -> tuple[int, ...]:
        """Of every line that an answer is due to and that got one; barge-ins are not among them."""
        return tuple(
            item.response_ms for item in self.lines if item.line.role in _RESPONSE_DUE and item.response_ms is not None
        )

    @property
    def barge_in_stop_ms(self) -> tuple[int, ...]:
        return tuple(item.stop_ms for item in self.lines if item.stop_ms is not None)

    @property
    def backchannels_survived(self) -> int:
        return sum(item.survived for item in self.lines)

    @property
    def unanswered(self) -> tuple[LineResult, ...]:
        """Lines that an answer was due to and never came."""
        due = _RESPONSE_DUE | {Role.BARGE_IN}
        return tuple(item for item in self.lines if item.line.role in due and item.response_ms is None)


def measure(heard: Pcm, lines: Sequence[SpokenLine]) -> Measured:
    """Measure a call on what the caller heard, (samples,), and on when the caller spoke."""
    spans = sound_spans(heard)
    return Measured(lines=tuple(_line_result(line, spans, len(heard)) for line in lines))


def first_sound_ms(heard: Pcm) -> int | None:
    """When the agent was first heard."""
    spans = sound_spans(heard)
    return samples_to_ms(spans[0].start) if spans else None


def _line_result(line: SpokenLine, spans: Sequence[SoundSpan], total: int) -> LineResult:
    match line.role:
        case Role.BACKCHANNEL:
            until = min(total, line.end + ms_to_samples(_AFTER_BACKCHANNEL_MS))
            return LineResult(line=line, longest_silence_ms=_longest_silence_ms(spans, line.start, until))
        case Role.BARGE_IN:
            stopped = _stopped_at(spans, line.start)
            answer = None if stopped is None else _answer_at(spans, line, after=stopped)
            return LineResult(line=line, stop_ms=_ms(line.start, stopped), response_ms=_ms(line.end, answer))
        case Role.GOES_ON:
            return LineResult(line=line)
        case _:
            return LineResult(line=line, response_ms=_ms(line.end, _answer_at(spans, line, after=line.start)))


def _ms(since: int, at: int | None) -> int | None:
    return None if at is None else round((at - since) * 1000 / ms_to_samples(1000))


def _answer_at(spans: Sequence[SoundSpan], line: SpokenLine, *, after: int) -> int | None:
    """The beginning of the first stretch of sound that starts behind `after` and outlasts the line."""
    stretches = _joined(spans, _STOPPED_MS)
    outlasting = line.end + ms_to_samples(_ANSWER_MS)
    return next((span.start for span in stretches if span.start > after and span.end >= outlasting), None)


def _stopped_at(spans: Sequence[SoundSpan], onset: int) -> int | None:
    """The end of the stretch of sound that lies over `onset`; None when the agent was not speaking then."""
    over = (span for span in _joined(spans, _STOPPED_MS) if span.start <= onset < span.end)
    return next((span.end for span in over), None)


def _longest_silence_ms(spans: Sequence[SoundSpan], start: int, end: int) -> int:
    inside = [span for span in spans if span.end > start and span.start < end]
    edges = [start, *(edge for span in inside for edge in (max(span.start, start), min(span.end, end))), end]
    return max(samples_to_ms(later - earlier) for earlier, later in zip(edges[::2], edges[1::2], strict=True))


def _joined(spans: Sequence[SoundSpan], gap_ms: int) -> list[SoundSpan]:
    """Spans with gaps shorter than `gap_ms` closed."""
    joined: list[SoundSpan] = []
    for span in spans:
        if joined and span.start - joined[-1].end < ms_to_samples(gap_ms):
            joined[-1] = SoundSpan(start=joined[-1].start, end=span.end)
        else:
            joined.append(span)
    return joined
