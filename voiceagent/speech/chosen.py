"""The recognisers of a worker behind one door: each call is heard by the one that its profile chose."""

from collections.abc import Callable
from dataclasses import replace

from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import BadInput
from voiceagent.speech.contract import Hints, Recogniser, RecogniserStream
from voiceagent.speech.recognisers import load


class ChosenRecognisers:
    """Implements `speech.contract.Recogniser`. `prepare` loads; profiles that choose the same model share it."""

    name = "as the profile says"

    def __init__(self, default: RecogniserChoice, load: Callable[[RecogniserChoice], Recogniser] = load) -> None:
        self._default = default
        self._load = load
        self._loaded: dict[RecogniserChoice, Recogniser] = {}

    def prepare(self, hints: Hints) -> None:
        """Load who shall listen, unless it is there, and give it the grammar. Raises ConfigError, or BadInput."""
        model = self._model(hints)
        if model not in self._loaded:
            self._loaded[model] = self._load(model)
        self._loaded[model].prepare(hints)

    def open(self, hints: Hints) -> RecogniserStream:
        """A fresh stream. Raises BadInput for a recogniser that nobody prepared: no call can wait for its model."""
        model = self._model(hints)
        if model not in self._loaded:
            raise BadInput(
                f"this worker has not loaded the recogniser {model.name} {model.model}".rstrip()
                + "; give it the profiles of the gateways and start it again"
            )
        return self._loaded[model].open(hints)

    def _model(self, hints: Hints) -> RecogniserChoice:
        """What has to be loaded: one model serves callers of several languages."""
        return replace(hints.recogniser if hints.recogniser.name else self._default, language="")
