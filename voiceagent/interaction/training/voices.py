"""Who speaks in made dialogues: synthesisers from espeak-ng to neural ones, and recorded people."""

import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.core.errors import InternalError, Unavailable
from voiceagent.interaction.training import neural_voices
from voiceagent.interaction.training.people import LEARNT
from voiceagent.interaction.training.signals import Signal, at_16k, read_wav, trimmed
from voiceagent.speech.espeak_library import Delivery, library

_ACCENTS: Final = ("en-us", "en-us", "en-us", "en", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc")
_VARIANTS: Final = (
    "", "f1", "f2", "f3", "f5", "m1", "m2", "m3", "m4", "m5", "m7", "m8", "Annie", "Alicia", "belinda", "Gene", "Denis",
    "Michael", "linda", "steph", "Andy", "Alex", "Mike", "anika", "shelby", "zac", "john", "david", "adam", "robert",
    "paul", "edward", "grandma", "grandpa", "klatt2", "klatt4", "Andrea", "aunty", "Lee", "iven", "marcelo", "Mario",
)  # fmt: skip
HELD_OUT_VARIANTS: Final = ("f4", "m6", "Gene2", "steph3", "edward2", "Jacky", "ian", "victor")  # evaluation only
_FLITE: Final = ("slt", "rms", "awb", "kal16")
_FESTIVAL: Final = ("kal_diphone", "cmu_us_slt_arctic_hts")
HELD_OUT_FESTIVAL: Final = "ked_diphone"
_RHVOICE: Final = ("alan", "bdl", "clb")
_KOKORO: Final = (
    "af_alloy", "af_aoede", "af_bella", "af_heart", "af_jessica", "af_kore", "af_nova", "af_river", "af_sarah",
    "am_adam", "am_echo", "am_eric", "am_fenrir", "am_michael", "am_onyx", "am_puck", "bf_alice", "bf_emma",
    "bf_isabella", "bm_daniel", "bm_fable", "bm_george",
)  # fmt: skip
HELD_OUT_KOKORO: Final = ("af_sky", "am_liam", "bf_lily", "bm_lewis")
_PICO_TUNINGS: Final = ((0.9, 0.85), (1.0, 1.0), (1.15, 0.75), (1.1, 1.2))  # speed, pitch
_PROGRAM_TIMEOUT_S: Final = 300.0  # a sentence takes a second, on a machine that is busy with other things minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVoice:
    """One speaker. engine: espeak | flite | festival | rhvoice | pico | heart | kokoro, or a source of `people`.

    words_per_minute and the pitches are espeak's; speed and tuning, as factors, the neural voices'.
    """

    engine: str
    name: str
    words_per_minute: int = 165
    pitch: int = 50
    pitch_range: int = 50
    speed: float = 1.0
    tuning: float = 1.0

    @property
    def label(self) -> str:
        return f"{self.engine}:{self.name}:{self.words_per_minute}:{self.pitch}"


def cast(rng: Generator, espeak_voices: int, *, held_out: bool) -> list[CastVoice]:
    """Draw the speakers of one clip bank; held-out banks share no voice with training banks."""
    variants = HELD_OUT_VARIANTS if held_out else _VARIANTS
    voices = []
    for number in range(espeak_voices):
        accent = _ACCENTS[int(rng.integers(len(_ACCENTS)))]
        variant = variants[number % len(variants)]
        voices.append(
            CastVoice(
                engine="espeak",
                name=f"{accent}+{variant}" if variant else accent,
                words_per_minute=int(rng.integers(130, 215)),
                pitch=int(rng.integers(20, 80)),
                pitch_range=int(rng.integers(30, 90)),
            )
        )
    if held_out:
        return [*voices, CastVoice(engine="festival", name=HELD_OUT_FESTIVAL), *_kokoro(rng, HELD_OUT_KOKORO)]
    return [
        *voices,
        *_kokoro(rng, _KOKORO),
        CastVoice(engine="heart", name="heart"),
        *(CastVoice(engine="rhvoice", name=name) for name in _RHVOICE),
        *(
            CastVoice(engine="pico", name=accent, speed=speed, tuning=pitch)
            for accent in ("en-US", "en-GB")
            for speed, pitch in _PICO_TUNINGS
        ),
        *(CastVoice(engine="flite", name=name) for name in _FLITE),
        *(CastVoice(engine="festival", name=name) for name in _FESTIVAL),
        *(CastVoice(engine=source, name=name) for source, name in LEARNT),
    ]


def _kokoro(rng: Generator, names: tuple[str, ...]) -> list[CastVoice]:
    return [CastVoice(engine="kokoro", name=name, speed=float(rng.uniform(0.85, 1.25))) for name in names]


def say(voice: CastVoice, text: str) -> tuple[Signal, list[int]]:
    """The sound of `text`, trimmed, peak 0.5, and the samples at which words begin (only espeak tells)."""
    if voice.engine == "espeak":
        return _espeak(voice, text)
    return trimmed(_sound_of(voice, text), [])


def _sound_of(voice: CastVoice, text: str) -> Signal:
    match voice.engine:
        case "flite":
            return _program(["flite", "-voice", voice.name, "-t", text, "-o"])
        case "festival":
            return _program(["text2wave", "-eval", f"(voice_{voice.name})", "-o"], text)
        case "rhvoice":
            return _program(["RHVoice-test", "-p", voice.name, "-o"], text)
        case "pico":
            return neural_voices.pico(text, voice.name, voice.speed, voice.tuning)
        case "heart":
            seed = zlib.crc32(text.encode())
            sound = neural_voices.heart(text, 0.85 + 0.4 * (seed % 100) / 100, seed)
        case "kokoro":
            sound = neural_voices.kokoro(text, voice.name, voice.speed)
        case other:
            raise InternalError(f"no synthesiser {other!r}")
    return at_16k(sound, neural_voices.KOKORO_RATE_HZ)


def _espeak(voice: CastVoice, text: str) -> tuple[Signal, list[int]]:
    rendering = library().render(
        text,
        Delivery(
            voice=voice.name,
            words_per_minute=voice.words_per_minute,
            pitch=voice.pitch,
            pitch_range=voice.pitch_range,
        ),
    )
    sound = rendering.pcm.astype(np.float32) / np.float32(32768.0)
    marks = [mark.sample * SAMPLE_RATE_HZ // rendering.rate_hz for mark in rendering.marks]
    return trimmed(at_16k(sound, rendering.rate_hz), marks)


def _program(command: list[str], text: str = "") -> Signal:
    with tempfile.NamedTemporaryFile(suffix=".wav") as out:
        try:
            subprocess.run(  # noqa: S603 - fixed programs, texts from our own grammar
                [*command, out.name], input=text.encode(), check=True, capture_output=True, timeout=_PROGRAM_TIMEOUT_S
            )
        except FileNotFoundError as error:
            raise Unavailable(f"{command[0]} is not installed; run runs/install-train-deps.sh") from error
        return read_wav(Path(out.name).read_bytes())
