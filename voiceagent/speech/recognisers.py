"""The recognisers that a profile or the settings can choose, by name.

To add one, write a class that is `Choosable` and a line in `RECOGNISERS`; see docs/recognisers.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol

from voiceagent.conversation.profile import RecogniserChoice
from voiceagent.core.errors import ConfigError
from voiceagent.speech.contract import Recogniser


class Choosable(Protocol):
    """What the class of a recogniser can do before there is one."""

    @classmethod
    def check(cls, choice: RecogniserChoice, /) -> None:
        """Raises ConfigError that says which package or file is missing and how to get it. Loads nothing big."""
        ...

    @classmethod
    def load(cls, choice: RecogniserChoice, /) -> Recogniser:
        """Ready to listen; may take long. Raises ConfigError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A recogniser by its name. `where` is `module:Class`, imported when chosen: each brings a library of its own."""

    where: str
    needs_model: bool = False
    takes_model: bool = False  # knows where to get one and takes yours
    any_rate: bool = False  # its models differ in sample rate

    def found(self) -> type[Choosable]:
        module, _, name = self.where.partition(":")
        found: type[Choosable] = getattr(import_module(module), name)
        return found


RECOGNISERS: Final[Mapping[str, Kind]] = {
    "moonshine": Kind(where="voiceagent.speech.moonshine.recogniser:MoonshineRecogniser", takes_model=True),
    "pocketsphinx": Kind(where="voiceagent.speech.pocketsphinx:PocketsphinxRecogniser"),
    "sherpa-onnx": Kind(where="voiceagent.speech.sherpa:SherpaRecogniser", needs_model=True, any_rate=True),
    "faster-whisper": Kind(where="voiceagent.speech.whisper:WhisperRecogniser", needs_model=True),
}


def usual() -> RecogniserChoice:
    """Who listens when nobody chose: moonshine where its files are, else pocketsphinx, which is always there."""
    moonshine = RecogniserChoice(name="moonshine")
    try:
        check(moonshine)
    except ConfigError:
        return RecogniserChoice(name="pocketsphinx")
    return moonshine


def check(choice: RecogniserChoice) -> None:
    """Raises ConfigError when the recogniser could not be loaded here."""
    _kind(choice).found().check(choice)


def load(choice: RecogniserChoice) -> Recogniser:
    """The recogniser, ready to listen. Raises ConfigError."""
    found = _kind(choice).found()
    found.check(choice)
    return found.load(choice)


def _kind(choice: RecogniserChoice) -> Kind:
    kind = RECOGNISERS.get(choice.name)
    if kind is None:
        raise ConfigError(f"there is no recogniser '{choice.name}'; known: {', '.join(sorted(RECOGNISERS))}")
    return kind
