"""A scenario: a call line by line, as a file in `scenarios/` says it. Values only; `scenario_file` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voiceagent.testing.rehearsal.agent_folder import Answer
from voiceagent.testing.rehearsal.call import CALLER


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSpeaks:
    """`at`: seconds into the agent's utterance; None waits until the agent has ended."""

    text: str
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerPresses:
    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerWaits:
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSays:
    """Words that occur in one utterance of the agent's; which see `RehearsedCall.heard`."""

    text: str
    within: float | None = None
    interrupted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNeverSaid:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHangsUp:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRan:
    """`arguments` and `result`: what they hold at least."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolNeverRan:
    name: str


Step = CallerSpeaks | CallerPresses | CallerWaits | AgentSays | AgentNeverSaid | AgentHangsUp | ToolRan | ToolNeverRan


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`steps` with the line of the file that each stands in. consent: "yes", "no", or "" when the steps answer it."""

    path: str
    steps: tuple[tuple[int, Step], ...]
    caller: str = CALLER
    consent: str = "yes"
    answers: Mapping[str, Answer] = field(default_factory=dict)
