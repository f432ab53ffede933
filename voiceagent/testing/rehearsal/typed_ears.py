"""Ears that read: a recogniser stream for a caller who types. What fits the grammar of the moment was understood."""

from voiceagent.audio.frame import Pcm, samples_to_ms
from voiceagent.conversation.hearing import Hints, Recognised
from voiceagent.speech.free_text import fitting
from voiceagent.speech.word_network import compiled

_SURE = 0.95


class TypedEars:
    """Implements `speech.contract.RecogniserStream`: hears what `speaks` was told, from the time it was told."""

    def __init__(self, hints: Hints) -> None:
        self._samples = 0
        self._said: list[str] = []
        self._began_ms = 0
        self._ended_ms = 0
        self._open = False
        self._grammar = hints.grammar

    def speaks(self, text: str, start_ms: int, end_ms: int) -> None:
        """The caller says this, from and to ms of the call."""
        if not self._said:
            self._began_ms = start_ms
        self._said.append(text)
        self._ended_ms = end_ms

    def read(self, text: str) -> str:
        """The text in the words that may be said now, "" when nobody may say it."""
        return fitting(text, compiled(self._grammar), whole=True)

    def begin(self) -> None:
        self._open = True

    def accept(self, pcm: Pcm) -> Recognised | None:
        self._samples += len(pcm)
        return None

    def pause(self) -> Recognised | None:
        return self._recognised(final=False) if self._open else None

    def resume(self) -> None:
        return

    def finish(self) -> Recognised | None:
        if not self._open:
            return None
        recognised = self._recognised(final=True)
        self._open, self._said = False, []
        return recognised

    def set_hints(self, hints: Hints) -> None:
        compiled(hints.grammar)
        self._grammar = hints.grammar

    def close(self) -> None:
        self._open = False

    def _recognised(self, *, final: bool) -> Recognised:
        text = self.read(" ".join(self._said))
        return Recognised(
            text=text,
            final=final,
            understood=bool(text),
            confidence=_SURE if text else 0.0,
            start_ms=self._began_ms,
            end_ms=min(self._ended_ms, samples_to_ms(self._samples)),
        )
