"""Scenario sets: `truth.json` beside recordings of callers (format: docs/scenario-sets.md)."""

import json
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from voiceagent.audio.frame import SAMPLE_RATE_HZ
from voiceagent.core.errors import ConfigError

Signal = npt.NDArray[np.float32]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioItem:
    """One recording and what is true about it; times in seconds. critical: the spans that are judged (pauses,
    backchannels). opportunities: where a backchannel of the agent would be welcome."""

    id: str
    scenario: str
    type: str
    path: Path
    seconds: float
    onset: float
    speech_end: float
    critical: tuple[Span, ...]
    agent: tuple[Span, ...]
    opportunities: tuple[Span, ...] = ()
    group: str = ""

    @property
    def agent_speaks(self) -> bool:
        """Whether the agent is given a long utterance over this recording."""
        return self.scenario in {"c", "d", "e"}


def load_set(folder: Path) -> list[ScenarioItem]:
    """Every item of a set. Raises ConfigError when truth.json is missing or wrong."""
    truth = folder / "truth.json"
    try:
        items = json.loads(truth.read_text())["items"]
        return [_item(folder, entry) for entry in items]
    except FileNotFoundError as error:
        raise ConfigError(f"{truth} does not exist; a scenario set is a folder with truth.json") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{truth} is not a scenario set: {error!r}") from error


def _item(folder: Path, entry: dict[str, Any]) -> ScenarioItem:
    seconds = float(entry["seconds"])
    spans = entry.get("pauses") or entry.get("backchannels") or []
    path = folder / entry["file"]
    return ScenarioItem(
        id=entry["id"],
        scenario=entry["scenario"],
        type=entry["type"],
        path=path if path.exists() else folder.parent / entry["file"],
        seconds=seconds,
        onset=float(entry.get("onset") or entry.get("speech_start") or 0.0),
        speech_end=float(entry.get("speech_end") or seconds),
        critical=tuple(_span(span) for span in spans),
        agent=tuple(_span(span) for span in entry.get("agent") or []),
        opportunities=tuple(_span(span) for span in entry.get("backchannel_opportunities") or []),
        group=str(entry.get("group", "")),
    )


def _span(value: Any) -> Span:
    """[from, to, ...] or one moment."""
    return (float(value[0]), float(value[1])) if isinstance(value, list) else (float(value), float(value))


def read_audio(path: Path) -> Signal:
    """(samples,) float32 at 16 kHz. Raises ConfigError for another format: sets are 16 kHz mono."""
    if path.suffix == ".wav":
        with wave.open(str(path)) as file:
            rate, channels = file.getframerate(), file.getnchannels()
            signal = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32768.0)
    else:
        signal, rate = soundfile.read(path, dtype="float32")
        channels = signal.ndim
    if rate != SAMPLE_RATE_HZ or channels != 1:
        raise ConfigError(f"{path} is {rate} Hz with {channels} channels; scenario audio is 16 kHz mono")
    return signal
