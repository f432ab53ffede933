"""Ears that hear what the script says, utterance by utterance."""

from collections import deque
from collections.abc import Iterable

from voiceagent.audio.frame import Pcm, samples_to_ms
from voiceagent.core.errors import BadInput
from voiceagent.speech.contract import Hints, Recognised


class ScriptedRecogniser:
    """Implements `speech.contract.Recogniser`: each stream hears the given utterances in order, then nothing.

    A grammar that contains "broken" is refused, as a real recogniser refuses one that does not parse.
    """

    def __init__(self, utterances: Iterable[str] = ()) -> None:
        self.name = "scripted"
        self.streams: list[ScriptedStream] = []
        self._utterances = tuple(utterances)

    def prepare(self, hints: Hints) -> None:
        """Nothing takes time here."""
        _refuse_broken(hints)

    def open(self, hints: Hints) -> "ScriptedStream":
        stream = ScriptedStream(self._utterances, hints)
        self.streams.append(stream)
        return stream


class ScriptedStream:
    """One caller's ears."""

    def __init__(self, utterances: tuple[str, ...], hints: Hints) -> None:
        self.hints: list[str] = []  # names of the grammars, in order
        self.pauses: list[str] = []  # "pause" and "resume", in order
        self.closed = False
        self._waiting = deque(utterances)
        self._samples = 0
        self._began_ms: int | None = None
        self.set_hints(hints)

    def begin(self) -> None:
        self._began_ms = samples_to_ms(self._samples)

    def accept(self, pcm: Pcm) -> Recognised | None:
        self._samples += len(pcm)
        return None

    def pause(self) -> Recognised | None:
        self.pauses.append("pause")
        text = self._waiting[0] if self._waiting else ""
        return self._recognised(text, self._began_ms, final=False) if self._began_ms is not None else None

    def resume(self) -> None:
        self.pauses.append("resume")

    def finish(self) -> Recognised | None:
        if self._began_ms is None:
            return None
        start_ms, self._began_ms = self._began_ms, None
        return self._recognised(self._waiting.popleft() if self._waiting else "", start_ms, final=True)

    def set_hints(self, hints: Hints) -> None:
        _refuse_broken(hints)
        self.hints.append(hints.name)

    def close(self) -> None:
        self.closed = True

    def _recognised(self, text: str, start_ms: int, *, final: bool) -> Recognised:
        return Recognised(
            text=text,
            final=final,
            understood=bool(text),
            confidence=0.9 if text else 0.0,
            start_ms=start_ms,
            end_ms=samples_to_ms(self._samples),
        )


def _refuse_broken(hints: Hints) -> None:
    if "broken" in hints.grammar:
        raise BadInput("the grammar is broken")
