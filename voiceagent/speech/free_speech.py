"""Recognisers that write down any words: what they share. A new one is a `FreeSpeechRecogniser` with a `listen`.

The words count when they fit the grammar of the moment, as with a closed grammar; what else was said is "not
understood". So the talk, the planner and the judge of consent need not know who listens.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from voiceagent.audio.frame import Pcm, ms_to_samples, samples_to_ms
from voiceagent.conversation.hearing import Hints, Recognised
from voiceagent.speech.free_text import fitting, plain
from voiceagent.speech.garbage import LEAST_VOICED, UNDERSTOOD_FROM
from voiceagent.speech.pre_roll import PreRoll
from voiceagent.speech.voicing import HOP, Voicing
from voiceagent.speech.word_network import compiled

# For words whose likelihood nobody knows: taken as understood, and too little for a consent without a second yes
PROBABLE: Final = 0.6
_LONGEST: Final = ms_to_samples(30_000)  # nobody says a phrase of a profile for so long; the rest is not listened to
_LEAST_VOICED_FRAMES: Final = 4  # of 10 ms; a short "yes" has nine, a click may have one


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a recogniser wrote down of an utterance: the text as it came, and how sure it is in [0, 1]."""

    text: str = ""
    confidence: float = 0.0


class Utterance(Protocol):
    """One utterance on its way through a free recogniser. What inherits from here need not know about pauses."""

    def add(self, pcm: Pcm) -> Written:
        """More of it, 16 kHz (samples,): what is written down so far. Nothing, where only a whole one can be read."""
        ...

    def pause(self) -> Written | None:
        """Nobody speaks, and it may be over. A streaming model has read all by now; others may want to read it here."""
        return None

    def resume(self) -> None:
        """It was not over."""
        return

    def finish(self) -> Written:
        """It is over: all of it. Comes once, or never when the caller has left."""
        ...


class FreeSpeechRecogniser(ABC):
    """Makes streams; thread safe, as `listen` has to be."""

    name: ClassVar[str]

    @abstractmethod
    def listen(self, language: str, grammar: str) -> Utterance:
        """An utterance begins, in a language by its ISO 639-1 code. Who can be held to a grammar may be."""

    def prepare(self, hints: Hints) -> None:
        """Compile the grammar before a call needs it."""
        if hints.grammar:
            compiled(hints.grammar)

    def open(self, hints: Hints) -> "FreeSpeechStream":
        """A fresh stream; with empty hints any words are understood."""
        return FreeSpeechStream(self, hints)


class FreeSpeechStream:
    """One caller's ears; used from one thread at a time. After `close` it hears nothing."""

    def __init__(self, owner: FreeSpeechRecogniser, hints: Hints) -> None:
        self._owner = owner
        self._language = hints.recogniser.language
        self._before = PreRoll()
        self._utterance: _Heard | None = None
        self._closed = False
        self.set_hints(hints)

    def begin(self) -> None:
        """A caller utterance starts; audio accepted in the last 400 ms belongs to it."""
        if self._closed or self._utterance is not None:
            return
        started, recent = self._before.take()
        self._utterance = _Heard(self._owner.listen(self._language, self._grammar), self._grammar, started)
        self._utterance.add(recent)

    def accept(self, pcm: Pcm) -> Recognised | None:
        """Take audio, 16 kHz (samples,); a changed partial result, or None."""
        self._before.clock += len(pcm)
        if self._utterance is None:
            self._before.keep(pcm)
            return None
        return self._utterance.add(pcm)

    def pause(self) -> Recognised | None:
        """The caller is silent and may be done: the words so far, from a model that reads in pauses."""
        return self._utterance.pause() if self._utterance is not None else None

    def resume(self) -> None:
        """The caller goes on."""
        if self._utterance is not None:
            self._utterance.resume()

    def finish(self) -> Recognised | None:
        """The utterance is over: its final result, None when none was open."""
        heard, self._utterance = self._utterance, None
        return heard.finish() if heard is not None else None

    def set_hints(self, hints: Hints) -> None:
        """Use another grammar from the next utterance on; compiled now, when no audio waits for it."""
        if hints.grammar:
            compiled(hints.grammar)
        self._grammar = hints.grammar

    def close(self) -> None:
        """Forget what is being said; harmless when done twice."""
        self._utterance = None
        self._closed = True


class _Heard:
    """What is being said now, judged by the grammar it began with."""

    def __init__(self, utterance: Utterance, grammar: str, started: int) -> None:
        self._utterance = utterance
        self._grammar = grammar
        self._started = started  # on the stream's clock, in samples
        self._length = 0
        self._voicing = Voicing()
        self._told = ""

    def add(self, pcm: Pcm) -> Recognised | None:
        """More audio; a partial when the words changed."""
        self._length += len(pcm)
        if not len(pcm) or self._length > _LONGEST:
            return None
        self._voicing.add(pcm)
        written = self._utterance.add(pcm)
        if not written.text and not self._told:
            return None
        partial = self._recognised(written, final=False)
        if partial.text == self._told:
            return None
        self._told = partial.text
        return partial

    def pause(self) -> Recognised | None:
        written = self._utterance.pause()
        return self._recognised(written, final=False) if written is not None else None

    def resume(self) -> None:
        self._utterance.resume()

    def finish(self) -> Recognised:
        return self._recognised(self._utterance.finish(), final=True)

    def _recognised(self, written: Written, *, final: bool) -> Recognised:
        """Words count when they fit, were heard well, and there was a voice to say them."""
        text = self._fitted(written.text, whole=final)
        first, last = self._voicing.span()
        share = self._voicing.share(first, last)
        voiced = share >= LEAST_VOICED and share * (last - first + 1) >= _LEAST_VOICED_FRAMES
        confidence = written.confidence if voiced else 0.0
        understood = bool(text) and confidence >= UNDERSTOOD_FROM
        span = (first * HOP, (last + 1) * HOP) if last >= first else (0, self._length)
        return Recognised(
            text=text if understood else "",
            final=final,
            understood=understood,
            confidence=confidence if text else 0.0,
            start_ms=samples_to_ms(self._started + span[0]),
            end_ms=samples_to_ms(self._started + span[1]),
        )

    def _fitted(self, text: str, *, whole: bool) -> str:
        return fitting(text, compiled(self._grammar), whole=whole) if self._grammar else plain(text)
