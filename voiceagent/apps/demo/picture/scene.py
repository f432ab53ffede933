"""What a timeline picture shows, as values. All times are ms on the recording's clock."""

from dataclasses import dataclass
from enum import StrEnum

from voiceagent.audio.frame import Pcm


class Speaker(StrEnum):
    CALLER = "caller"
    AGENT = "agent"


class Act(StrEnum):
    """What happened to the floor."""

    TAKE = "take"
    DUCK = "duck"
    STOP = "stop"
    RESUME = "resume"
    BACKCHANNEL = "backchannel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Something that was said. `unspoken` are planned words that were never heard; `quiet` marks small print."""

    speaker: Speaker
    text: str
    start_ms: int
    end_ms: int
    unspoken: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A floor act."""

    act: Act
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A measured distance in time, drawn as a bracket with its length: `kind` is response or stop."""

    kind: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Work in the background: a tool call, from its start to its result."""

    label: str
    start_ms: int
    end_ms: int
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A moment worth a sentence: consent, recording, the end. `tone`: good | bad | plain."""

    text: str
    at_ms: int
    tone: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One call, ready to be drawn. `said` and `heard` are (samples,) and equally long."""

    title: str
    subtitle: str
    figures: tuple[tuple[str, str], ...]  # (value, what it is)
    said: Pcm
    heard: Pcm
    words: tuple[Words, ...] = ()
    marks: tuple[Mark, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    works: tuple[Work, ...] = ()
    flags: tuple[Flag, ...] = ()
    recording_from_ms: int = -1  # from here on audio is kept; -1: never
