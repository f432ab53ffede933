"""Events of who has the floor: taken, given way to, or only listened to."""

from dataclasses import dataclass
from typing import ClassVar

from voiceagent.core.ids import UtteranceId
from voiceagent.telephony.call_event import CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorTaken(CallEvent):
    """The model decided that it is our turn. `response_latency_ms`: end of caller speech -> first agent sample."""

    TYPE: ClassVar[str] = "floor.taken"
    at_ms: int
    utterance_id: UtteranceId
    caller_ended_ms: int = -1
    response_latency_ms: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechDucked(CallEvent):
    """The caller may be taking the floor: the agent went quieter while the model makes sure."""

    TYPE: ClassVar[str] = "floor.ducked"
    at_ms: int
    utterance_id: UtteranceId


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResumed(CallEvent):
    """It was no barge-in: the agent goes on at full level."""

    TYPE: ClassVar[str] = "floor.resumed"
    at_ms: int
    utterance_id: UtteranceId


@dataclass(frozen=True, slots=True, kw_only=True)
class BargedIn(CallEvent):
    """The caller took the floor and the agent stopped. `stop_ms` is caller onset -> last agent sample."""

    TYPE: ClassVar[str] = "floor.barged_in"
    at_ms: int
    utterance_id: UtteranceId
    method: str  # voice | dtmf
    stop_ms: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Backchannelled(CallEvent):
    """A short sign of listening that took nobody's floor."""

    TYPE: ClassVar[str] = "floor.backchannelled"
    by: str  # caller | agent
    at_ms: int
    text: str = ""  # PII when by the caller
