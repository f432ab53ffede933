"""The one door to sherpa-onnx: streaming transducers and Zipformer2 CTC models, decoded while the caller speaks."""

import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, to_float
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError
from voiceagent.speech.extras import require
from voiceagent.speech.free_speech import PROBABLE, FreeSpeechRecogniser, Utterance, Written
from voiceagent.speech.sherpa_files import Ctc, Transducer, find_model

# A streaming model emits a word up to a chunk after it was said (0.64 s for the largest usual one): the end of an
# utterance is padded by that, or its last word would be missing
_TAIL_SAMPLES: Final = SAMPLE_RATE_HZ * 66 // 100
_LOADING_S: Final = 120  # a large model from a slow disk


class SherpaRecogniser(FreeSpeechRecogniser):
    """One model for all callers; sherpa-onnx decodes streams side by side and without Python's lock."""

    name = "sherpa-onnx"

    def __init__(self, recognizer: Any) -> None:
        self._recognizer = recognizer

    @classmethod
    def check(cls, choice: RecogniserChoice) -> None:
        """Raises ConfigError when the package or a file of the model is missing."""
        require("sherpa_onnx", extra="sherpa", wanted_by=cls.name)
        find_model(_folder(choice))

    @classmethod
    def load(cls, choice: RecogniserChoice) -> "SherpaRecogniser":
        """Read the model: seconds for a large one. Raises ConfigError."""
        _try_elsewhere(choice)
        return cls(_loaded(find_model(_folder(choice)), choice.sample_rate_hz))

    def listen(self, language: str, grammar: str) -> "SherpaUtterance":  # noqa: ARG002 - the model knows one language
        return SherpaUtterance(self._recognizer)


class SherpaUtterance(Utterance):
    """A stream of sherpa-onnx; it takes 16 kHz and resamples to what the model was trained for."""

    def __init__(self, recognizer: Any) -> None:
        self._recognizer = recognizer
        self._stream = recognizer.create_stream()

    def add(self, pcm: Pcm) -> Written:
        self._stream.accept_waveform(SAMPLE_RATE_HZ, to_float(pcm))
        return self._decoded()

    def finish(self) -> Written:
        self._stream.accept_waveform(SAMPLE_RATE_HZ, np.zeros(_TAIL_SAMPLES, np.float32))
        self._stream.input_finished()
        return self._decoded()

    def _decoded(self) -> Written:
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)
        result = self._recognizer.get_result_all(self._stream)
        text = result.text.strip()
        return Written(text=text, confidence=_confidence(result.ys_probs)) if text else Written()


def _confidence(log_probabilities: Sequence[float]) -> float:
    """The geometric mean of the tokens' probabilities; PROBABLE for a model that tells none."""
    if not len(log_probabilities):
        return PROBABLE
    return min(1.0, math.exp(math.fsum(log_probabilities) / len(log_probabilities)))


def _folder(choice: RecogniserChoice) -> Path:
    return Path(choice.model).expanduser()


def _try_elsewhere(choice: RecogniserChoice) -> None:
    """Load the model in another process first: sherpa-onnx ends the one that gives it a model it does not know.

    Raises ConfigError with what sherpa-onnx said.
    """
    command = [sys.executable, "-m", "voiceagent.speech.sherpa", str(_folder(choice)), str(choice.sample_rate_hz)]
    try:
        trial = subprocess.run(command, capture_output=True, text=True, timeout=_LOADING_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise ConfigError(f"sherpa-onnx did not load the model in {_folder(choice)} within {_LOADING_S} s") from error
    if trial.returncode != 0:
        said = " ".join(trial.stderr.split("\n")[-4:]).strip() or f"it ended with {trial.returncode}"
        raise ConfigError(f"sherpa-onnx cannot use the model in {_folder(choice)}: {said}; is it a streaming model?")


def _loaded(model: Transducer | Ctc, sample_rate_hz: int) -> Any:
    import sherpa_onnx  # noqa: PLC0415 - an extra: only who chose it has it

    match model:
        case Transducer():
            return sherpa_onnx.OnlineRecognizer.from_transducer(
                tokens=str(model.tokens),
                encoder=str(model.encoder),
                decoder=str(model.decoder),
                joiner=str(model.joiner),
                num_threads=1,  # calls run side by side; more threads a call would only take them from the others
                sample_rate=sample_rate_hz,
                decoding_method="greedy_search",
            )
        case Ctc():
            return sherpa_onnx.OnlineRecognizer.from_zipformer2_ctc(
                tokens=str(model.tokens), model=str(model.model), num_threads=1, sample_rate=sample_rate_hz
            )


if __name__ == "__main__":
    _loaded(find_model(Path(sys.argv[1])), int(sys.argv[2]))
