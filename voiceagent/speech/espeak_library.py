"""The one door to espeak-ng: its C library through ctypes, loaded on first use.

The library keeps one global state for the whole process and is not thread safe, so every call holds one lock. It runs
about a thousand times faster than real time, so the lock is held for a few milliseconds.
"""

import ctypes
import functools
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import espeakng_loader
import numpy as np

from voiceagent.audio.frame import Pcm
from voiceagent.core.errors import ConfigError, Unavailable

_SYNCHRONOUS: Final = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when everything went through the callback
_BUFFER_MS: Final = 60
_NO_EXIT: Final = 0x8000  # espeakINITIALIZE_DONT_EXIT: report an error instead of ending the process
_CHARS_UTF8: Final = 1
_POSITION_CHARACTER: Final = 1
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_EVENT_LIST_TERMINATED, _EVENT_WORD = 0, 1
_PHONEMES_ASCII: Final = 0  # Kirshenbaum-like mnemonics


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How to speak. rate in words a minute; pitch and pitch_range in [0, 99], espeak's middle is 50."""

    voice: str
    words_per_minute: int = 165
    pitch: int = 50
    pitch_range: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class WordMark:
    """A word begins: character offset in the text, sample offset in the audio."""

    character: int
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One piece of text as audio at espeak's own rate."""

    pcm: Pcm
    rate_hz: int
    marks: tuple[WordMark, ...]


class EspeakLibrary:
    """The loaded library. Get it with `library()`; there is one per file and process because its state is global.

    Breath and jitter are drawn. With a `seed`, a library that was not used before draws the same.
    """

    def __init__(self, path: str | None = None, *, seed: int | None = None) -> None:
        self._lock = threading.Lock()
        self._data = Path(espeakng_loader.get_data_path())
        self._library = ctypes.CDLL(path or espeakng_loader.get_library_path())
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._pieces: list[bytes] = []
        self._marks: list[WordMark] = []
        self._callback = _Callback(self._collect)  # kept: the library calls it for as long as the process lives
        self._delivery: Delivery | None = None
        self.rate_hz: Final[int] = self._library.espeak_Initialize(
            _SYNCHRONOUS, _BUFFER_MS, str(self._data).encode(), _NO_EXIT
        )
        if self.rate_hz <= 0:
            raise Unavailable(f"espeak-ng did not start with the data in {self._data}; reinstall espeakng-loader")
        self._library.espeak_SetSynthCallback(self._callback)
        if seed is not None:
            self._library.espeak_ng_SetRandSeed(ctypes.c_long(seed))

    def render(self, text: str, delivery: Delivery) -> Rendering:
        """Speak `text` in one go. Raises ConfigError for an unknown voice."""
        encoded = text.encode()
        with self._lock:
            self._select(delivery)
            self._pieces, self._marks = [], []
            status = self._library.espeak_Synth(
                encoded, len(encoded) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
            )
            audio, marks = b"".join(self._pieces), tuple(self._marks)
        if status != 0:
            raise Unavailable(f"espeak-ng answered {status} to a text of {len(text)} characters")
        return Rendering(pcm=np.frombuffer(audio, dtype=np.int16), rate_hz=self.rate_hz, marks=marks)

    def phonemes(self, text: str, *, voice: str = "en-us") -> str:
        """espeak's phoneme mnemonics of `text` (first clause), words separated by spaces."""
        with self._lock:
            self._select(Delivery(voice=voice))
            pointer = ctypes.c_char_p(text.encode())
            answer: bytes | None = self._library.espeak_TextToPhonemes(
                ctypes.byref(pointer), _CHARS_UTF8, _PHONEMES_ASCII
            )
        return (answer or b"").decode("ascii", "replace").strip()

    def close(self) -> None:
        """Free what it holds; it speaks no more."""
        with self._lock:
            self._library.espeak_Terminate()

    def variants(self) -> frozenset[str]:
        """The names that may follow the + in a voice name."""
        return frozenset(path.name for path in (self._data / "voices" / "!v").iterdir())

    def _select(self, delivery: Delivery) -> None:
        """Make `delivery` the library's state; the lock is held."""
        if delivery == self._delivery:
            return
        self._delivery = None
        language, _, variant = delivery.voice.partition("+")
        # espeak accepts an unknown variant in silence and speaks without it
        if variant and variant not in self.variants():
            raise ConfigError(
                f"espeak-ng has no variant {variant!r}; name one of the files in {self._data / 'voices' / '!v'}"
            )
        if self._library.espeak_SetVoiceByName(delivery.voice.encode()) != 0:
            raise ConfigError(
                f"espeak-ng has no voice {language!r}; try en-us, en-gb-x-rp, de, fr ... with an optional +f3"
            )
        for parameter, value in (
            (_RATE, delivery.words_per_minute),
            (_PITCH, delivery.pitch),
            (_RANGE, delivery.pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._delivery = delivery

    def _collect(self, samples: int | None, count: int, events: Any) -> int:
        """The synthesis callback: keep audio and word starts; 0 means go on."""
        index = 0
        while events[index].type != _EVENT_LIST_TERMINATED:
            event = events[index]
            if event.type == _EVENT_WORD:
                self._marks.append(WordMark(character=event.text_position - 1, sample=event.sample))
            index += 1
        if samples and count:
            self._pieces.append(ctypes.string_at(samples, count * 2))
        return 0


_LOADING: Final = threading.Lock()  # two first callers at once would load it twice, which ends the process


def library() -> EspeakLibrary:
    """The process's espeak-ng, loaded on the first call."""
    with _LOADING:
        return _library()


@functools.cache
def _library() -> EspeakLibrary:
    return EspeakLibrary()
