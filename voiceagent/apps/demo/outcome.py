"""Everything that is known about a demo call once it is over: values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceagent.apps.demo.measure import Measured
from voiceagent.audio.frame import Pcm
from voiceagent.telephony.events import AgentSaid, CallEvent, ToolCalled
from voiceagent.testing.caller.report import CallerReport
from voiceagent.testing.caller.script import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One demo call. `said` and `heard` are the caller's recording; `call` and `transcript` are the API's answers.

    `shift_ms` takes times of the call's media clock to the caller's clock. `records` counts rows in Postgres.
    `shows` is what the script was there for.
    """

    call_id: str
    company: str
    call: dict[str, Any]
    transcript: Sequence[dict[str, Any]]
    events: Sequence[CallEvent]
    records: dict[str, int]
    caller: CallerReport
    said: Pcm
    heard: Pcm
    measured: Measured
    shift_ms: int
    recording: Path | None
    timeline: Path
    shows: frozenset[Shown] = frozenset()

    @property
    def tool_calls(self) -> tuple[ToolCalled, ...]:
        return tuple(event for event in self.events if isinstance(event, ToolCalled))

    @property
    def agent_said(self) -> tuple[AgentSaid, ...]:
        return tuple(event for event in self.events if isinstance(event, AgentSaid))
