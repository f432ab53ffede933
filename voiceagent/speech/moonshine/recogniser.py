"""Implements `speech.contract.Recogniser` on Moonshine: whole utterances, read in the pauses, held to the grammar."""

from typing import Final

import numpy as np

from voiceagent.audio.frame import Pcm
from voiceagent.conversation.hearing import Hints
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError
from voiceagent.speech.free_speech import FreeSpeechRecogniser, Utterance, Written
from voiceagent.speech.moonshine import files
from voiceagent.speech.moonshine.network import MoonshineNetwork
from voiceagent.speech.moonshine.pieces import text_of
from voiceagent.speech.moonshine.reading import Reading, prepare, read
from voiceagent.speech.moonshine.sureness import sure_of_free, sure_of_held
from voiceagent.speech.voicing import HOP, Voicing

_LANGUAGE: Final = "en"


class MoonshineRecogniser(FreeSpeechRecogniser):
    """One model for all callers."""

    name = "moonshine"

    def __init__(self, network: MoonshineNetwork) -> None:
        self._network = network

    @classmethod
    def check(cls, choice: RecogniserChoice) -> None:
        """Raises ConfigError when a file is missing, or for a language that the model does not know."""
        files.check(files.folder_of(choice.model))
        if choice.language.partition("-")[0].lower() not in {"", _LANGUAGE}:
            raise ConfigError(f"moonshine hears English only, not '{choice.language}'; see docs/recognisers.md")

    @classmethod
    def load(cls, choice: RecogniserChoice) -> "MoonshineRecogniser":
        return cls(MoonshineNetwork(files.folder_of(choice.model)))

    def prepare(self, hints: Hints) -> None:
        """As for all, and spell the grammar's first words."""
        super().prepare(hints)
        prepare(hints.grammar)

    def listen(self, language: str, grammar: str) -> "MoonshineUtterance":  # noqa: ARG002 - it knows one
        return MoonshineUtterance(self._network, grammar)


class MoonshineUtterance(Utterance):
    """Collects sound; reads it when the caller pauses, and once more when more was said."""

    def __init__(self, network: MoonshineNetwork, grammar: str) -> None:
        self._network = network
        self._grammar = grammar
        self._pieces: list[Pcm] = []
        self._voicing = Voicing()
        self._ready: Written | None = None

    def add(self, pcm: Pcm) -> Written:
        """Only collects: the model reads whole utterances."""
        self._pieces.append(pcm)
        self._voicing.add(pcm)
        return Written()

    def pause(self) -> Written:
        if self._ready is None:
            self._ready = self._written()
        return self._ready

    def resume(self) -> None:
        self._ready = None

    def finish(self) -> Written:
        return self._written() if self._ready is None else self._ready

    def _written(self) -> Written:
        first, last = self._voicing.span()
        if last < first:
            return Written()
        span = (first * HOP, (last + 1) * HOP)
        reading = read(self._network, np.concatenate(self._pieces), span, self._grammar)
        return _judged(reading, held=bool(self._grammar)) if reading is not None else Written()


def _judged(reading: Reading, *, held: bool) -> Written:
    if not held:
        return Written(text=text_of(reading.free.pieces), confidence=sure_of_free(reading))
    if reading.held is None:
        return Written()
    return Written(text=text_of(reading.held.pieces), confidence=sure_of_held(reading))
