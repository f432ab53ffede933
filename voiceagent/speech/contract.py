"""The two protocols of speech: a voice makes audio with word times, a recogniser makes words from audio."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from voiceagent.audio.frame import Pcm
from voiceagent.conversation.speech_plan import WordTiming


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the caller may say now. `grammar` is JSGF text made by `speech.grammar`; empty means free speech.

    `name` identifies the grammar so that switching to the same one costs nothing.
    """

    name: str = ""
    grammar: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Words heard in the current caller utterance.

    text: lower-case words, "" when the speech fits no path of the grammar (`understood` is then False).
    start_ms, end_ms: on the stream's own sample clock. confidence: [0, 1].
    """

    text: str
    final: bool
    understood: bool
    confidence: float
    start_ms: int
    end_ms: int


class RecogniserStream(Protocol):
    """One caller's ears. Utterances are opened and closed by the caller of this class (from the model's `caller_active`)."""

    def begin(self) -> None:
        """A caller utterance starts; audio accepted in the last 400 ms belongs to it."""
        ...

    def accept(self, pcm: Pcm) -> Recognised | None:
        """Take audio; a changed partial result, or None. Audio outside an utterance only fills the pre-roll."""
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

    def open(self, hints: Hints) -> RecogniserStream:
        """A fresh stream that knows nothing of earlier callers."""
        ...
