"""Prompts rendered ahead of time, so that the disclosure and the apology need no voice engine.

A prompt is two files named by the sha256 of voice and text: `<key>.wav` (16 kHz mono) and `<key>.json` (its words).
The JSON is written last, so a prompt whose JSON exists is whole.
"""

import hashlib
import json
import tempfile
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from voiceagent.audio.frame import SAMPLE_RATE_HZ, Pcm, from_bytes, to_bytes
from voiceagent.conversation.outbound_opening import for_outbound
from voiceagent.conversation.profile import AgentProfile, VoiceChoice
from voiceagent.conversation.speech_plan import WordTiming
from voiceagent.conversation.waiting import estimates
from voiceagent.core.errors import BadInput, NotFound
from voiceagent.speech.contract import Voice

_REVISION: Final = 1  # of the way we render; a new one makes every prompt anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A rendered text: 16 kHz PCM (samples,) and the times of its words."""

    text: str
    pcm: Pcm
    words: tuple[WordTiming, ...]


def voice_name(choice: VoiceChoice) -> str:
    """The name that a voice has in prompt keys; it says everything that changes the sound."""
    return f"espeak-ng.{_REVISION}/{choice.name}/{choice.words_per_minute}/{choice.pitch}"


def prompt_key(voice: str, text: str) -> str:
    """sha256 of voice and text, in hex."""
    return hashlib.sha256(f"{voice}\n{text}".encode()).hexdigest()


def prompt_texts(profile: AgentProfile) -> tuple[str, ...]:
    """Every text of a profile that never changes: what to render ahead of a call."""
    waits, outbound = profile.waits, profile.outbound
    fixed = (
        *_opening_texts(profile),
        *((*_opening_texts(for_outbound(profile)), outbound.opted_out) if outbound is not None else ()),
        profile.apology,
        profile.unreachable,
        waits.reprompt,
        waits.take_your_time,
        profile.withdrawal.stopped,
        profile.withdrawal.not_recording,
        profile.about_me,
        profile.back_again,
        *waits.fillers,
        *estimates(waits),
        *profile.fallback,
        *profile.backchannels,
    )
    return tuple(dict.fromkeys(text for text in fixed if text))


def _opening_texts(profile: AgentProfile) -> tuple[str, ...]:
    opening = profile.opening
    return (
        opening.disclosure,
        opening.offer,
        opening.notice,
        opening.question,
        f"{opening.thanks_granted} {profile.greeting}",  # spoken in one breath
        f"{opening.thanks_denied} {profile.greeting}",
    )


def render(voice: Voice, texts: Iterable[str], folder: Path) -> int:
    """Render the texts that `folder` lacks; how many were new."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [text for text in dict.fromkeys(texts) if not _words_path(folder, voice.name, text).exists()]
    for text in missing:
        chunks = list(voice.speak(text))
        pcm = np.concatenate([chunk.pcm for chunk in chunks]) if chunks else np.zeros(0, np.int16)
        words = tuple(word for chunk in chunks for word in chunk.words)
        _store(folder, voice.name, Prompt(text=text, pcm=pcm, words=words))
    return len(missing)


def load(folder: Path, voice: str, text: str) -> Prompt:
    """A rendered prompt; loads no engine. `voice` is `voice_name(profile.voice)`.

    Raises NotFound, or BadInput for a damaged file.
    """
    path = _words_path(folder, voice, text)
    try:
        words = tuple(WordTiming(**word) for word in json.loads(path.read_text())["words"])
        pcm = _read_wav(path.with_suffix(".wav"))
    except FileNotFoundError as missing:
        raise NotFound(
            f"no rendered prompt for voice {voice} in {folder}; render it once with speech.prompts.render"
        ) from missing
    except (ValueError, KeyError, TypeError, wave.Error, EOFError) as damage:
        raise BadInput(f"the prompt {path} is damaged ({damage}); delete it and render it again") from damage
    return Prompt(text=text, pcm=pcm, words=words)


def _words_path(folder: Path, voice: str, text: str) -> Path:
    return folder / f"{prompt_key(voice, text)}.json"


def _store(folder: Path, voice: str, prompt: Prompt) -> None:
    path = _words_path(folder, voice, prompt.text)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        sound = Path(scratch) / "sound"
        with wave.open(str(sound), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes(to_bytes(prompt.pcm))
        sound.replace(path.with_suffix(".wav"))
        words = Path(scratch) / "words"
        times = [{"text": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms} for word in prompt.words]
        words.write_text(json.dumps({"voice": voice, "text": prompt.text, "words": times}, indent=1))
        words.replace(path)


def _read_wav(path: Path) -> Pcm:
    with wave.open(str(path), "rb") as file:
        shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        if shape != (1, 2, SAMPLE_RATE_HZ):
            raise wave.Error(f"{shape} instead of one channel of 16 bits at 16 kHz")
        return from_bytes(file.readframes(file.getnframes()))
