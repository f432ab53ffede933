"""The one door to faster-whisper: whole utterances, read when the model of the call says that they are over.

Whisper is no streaming model. It reads an utterance at once, padded to 30 s, so it says nothing before the end and
costs the same for a "yes" as for half a minute; see docs/recognisers.md for what that means on a CPU.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np

from voiceagent.audio.frame import Pcm, to_float
from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError
from voiceagent.speech.contract import Hints
from voiceagent.speech.extras import require
from voiceagent.speech.free_speech import FreeSpeechRecogniser, Utterance, Written

_NEEDED: Final = ("model.bin", "config.json", "tokenizer.json")
_VOCABULARY: Final = "vocabulary.*"  # .json of newer converters, .txt of older ones
_THREADS: Final = 2  # a worker listens with two; see SpeechThreads
_LONGEST_ANSWER: Final = 96  # tokens: half a minute of fast speech; a model that repeats itself goes on for 448


class WhisperRecogniser(FreeSpeechRecogniser):
    """One model for all callers; CTranslate2 reads two utterances side by side, without Python's lock."""

    name = "faster-whisper"

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def check(cls, choice: RecogniserChoice) -> None:
        """Raises ConfigError when the package, or a file of a model folder, is missing."""
        require("faster_whisper", extra="whisper", wanted_by=cls.name)
        folder = Path(choice.model).expanduser()
        if not folder.is_dir():
            if _looks_like_a_path(choice.model):
                raise ConfigError(f"the model folder {folder} of faster-whisper does not exist; {_must_hold()}")
            return
        missing = [name for name in (*_NEEDED, _VOCABULARY) if not any(folder.glob(name))]
        if missing:
            raise ConfigError(f"the model folder {folder} of faster-whisper lacks {', '.join(missing)}; {_must_hold()}")

    @classmethod
    def load(cls, choice: RecogniserChoice) -> "WhisperRecogniser":
        """Read the model from its folder, or fetch it by its name at the Hugging Face hub. Raises ConfigError."""
        from faster_whisper import WhisperModel  # noqa: PLC0415 - an extra: only who chose it has it

        folder = Path(choice.model).expanduser()
        where = str(folder) if folder.is_dir() else choice.model
        try:
            return cls(WhisperModel(where, device="auto", compute_type="default", cpu_threads=1, num_workers=_THREADS))
        except Exception as error:  # the hub, the network and the model's files fail in a dozen ways, all ours to tell
            raise ConfigError(
                f"faster-whisper cannot load the model {where}: {error}; give a folder ({_must_hold()}), "
                "or a name such as small.en where the hub can be reached"
            ) from error

    def prepare(self, hints: Hints) -> None:
        """As for all; and raises ConfigError for a language that the model does not know, before a call is in it."""
        super().prepare(hints)
        language = _primary(hints.recogniser.language)
        if language not in self._model.supported_languages:
            raise ConfigError(
                f"the model of faster-whisper does not know the language '{language}' of the profile; "
                "choose a model whose name does not end in .en"
            )

    def listen(self, language: str, grammar: str) -> "WhisperUtterance":  # noqa: ARG002 - it writes what it likes
        return WhisperUtterance(self._model, _primary(language))


class WhisperUtterance(Utterance):
    """Collects sound, then reads it."""

    def __init__(self, model: Any, language: str) -> None:
        self._model = model
        self._language = language
        self._pieces: list[Pcm] = []

    def add(self, pcm: Pcm) -> Written:
        self._pieces.append(pcm)
        return Written()

    def finish(self) -> Written:
        if not self._pieces:
            return Written()
        segments, _ = self._model.transcribe(
            to_float(np.concatenate(self._pieces)),
            language=self._language,
            beam_size=1,
            temperature=0.0,  # no second and third try: an answer within bounds is worth more than a better one
            condition_on_previous_text=False,
            without_timestamps=True,
            max_new_tokens=_LONGEST_ANSWER,
        )
        return _written(segments)


def _written(segments: Iterable[Any]) -> Written:
    """The text, and e to the mean log probability of its tokens, less the chance that nobody spoke."""
    read = list(segments)
    tokens = sum(len(segment.tokens) for segment in read)
    if not tokens:
        return Written()
    mean = math.fsum(segment.avg_logprob * len(segment.tokens) for segment in read) / tokens
    silence = max(segment.no_speech_prob for segment in read)
    text = " ".join(segment.text.strip() for segment in read)
    return Written(text=text, confidence=min(1.0, math.exp(mean)) * (1.0 - silence))


def _primary(language: str) -> str:
    """`en-GB` is English to Whisper."""
    return language.partition("-")[0].lower()


def _looks_like_a_path(model: str) -> bool:
    """A hub's name is `small.en` or `owner/name`; more than one slash, or a dot or tilde in front, is a path."""
    return model.startswith(("/", ".", "~")) or model.count("/") > 1


def _must_hold() -> str:
    return f"it must hold {', '.join(_NEEDED)} and {_VOCABULARY}, as ct2-transformers-converter writes them"
