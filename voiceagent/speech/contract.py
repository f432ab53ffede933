"""The two protocols of speech: a voice makes audio with word times, a recogniser makes words from audio."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from voiceagent.audio.frame import Pcm
from voiceagent.conversation.hearing import Hints, Recognised
from voiceagent.conversation.speech_plan import WordTiming

__all__ = ["Hints", "Recognised", "Recogniser", "RecogniserStream", "SpeechChunk", "Voice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechChunk:
    """A piece of an utterance: 16 kHz PCM (samples,), and the words that start in it (ms from utterance start)."""

    pcm: Pcm
    words: tuple[WordTiming, ...] = ()


class Voice(Protocol):
    """Text to speech. The first chunk comes fast; closing the iterator stops the work."""

    name: str

    def speak(self, text: str) -> Iterator[SpeechChunk]:
        """Speak `text` at 16 kHz mono."""
        ...


class RecogniserStream(Protocol):
    """One caller's ears. The owner opens and closes utterances, guided by the model's `caller_active`."""

    def begin(self) -> None:
        """A caller utterance starts; audio accepted in the last 400 ms belongs to it."""
        ...

    def accept(self, pcm: Pcm) -> Recognised | None:
        """Take audio; a changed partial result, or None. Audio outside an utterance only fills the pre-roll."""
        ...

    def pause(self) -> Recognised | None:
        """The caller is silent and may be done: work the final result out now, so that `finish` has it ready.

        It then covers what was said before, and is told as a partial result. May do nothing and tell nothing; harmless
        when done twice or when no utterance is open.
        """
        ...

    def resume(self) -> None:
        """The caller goes on after `pause`: the result that was worked out is void."""
        ...

    def finish(self) -> Recognised | None:
        """The utterance is over: its final result, None when none was open."""
        ...

    def set_hints(self, hints: Hints) -> None:
        """Use another grammar from the next utterance on (at once when none is open)."""
        ...

    def close(self) -> None:
        """Free the decoder."""
        ...


class Recogniser(Protocol):
    """Makes streams. Loading is slow and happens once per process; streams are cheap and pooled."""

    name: str

    def prepare(self, hints: Hints) -> None:
        """Do now what a call with these hints would have to wait for. Raises BadInput for a grammar that is none."""
        ...

    def open(self, hints: Hints) -> RecogniserStream:
        """A fresh stream that knows nothing of earlier callers."""
        ...
