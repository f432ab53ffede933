"""How a tool call ended, and what may be told of it. Pure."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from voiceagent.background.tool_results import as_data, clean_text
from voiceagent.core.errors import BadInput, NothingSent, Unavailable, VoiceagentError


class ToolStatus(StrEnum):
    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    STOPPED = "stopped"  # nobody waits for it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutcome:
    """How a tool call ended. `error` is safe to store and to show; `unavailable`: the system behind it is away.

    uncertain: it may have happened although no result came.
    """

    status: ToolStatus
    arguments: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)
    duration_ms: int = 0
    error: str = ""
    unavailable: bool = False
    uncertain: bool = False


def with_result(ended: ToolOutcome, returned: object) -> ToolOutcome:
    """What cannot be read was returned by a tool that has run: it may have done what it shall."""
    try:
        return replace(ended, result=as_data(returned))
    except BadInput as failure:
        return replace(ended, status=ToolStatus.ERROR, error=str(failure), uncertain=True)


def failed(ended: ToolOutcome, failure: BaseException, *, late: bool, stopped: bool) -> ToolOutcome:
    """What is told of a failure. late: its time was over, whatever it made of that; stopped: since nobody waits."""
    if late and stopped:
        return replace(ended, status=ToolStatus.STOPPED, error="nobody waits for it any more")
    if late or isinstance(failure, TimeoutError):
        status = ToolStatus.TIMEOUT if late else ToolStatus.ERROR
        return replace(ended, status=status, error=_safe_text(failure), unavailable=True, uncertain=True)
    if isinstance(failure, VoiceagentError):
        unavailable = isinstance(failure, Unavailable)
        uncertain = unavailable and not isinstance(failure, NothingSent)
        error = clean_text(str(failure))
        return replace(ended, status=ToolStatus.ERROR, error=error, unavailable=unavailable, uncertain=uncertain)
    return replace(ended, status=ToolStatus.ERROR, error=_safe_text(failure), uncertain=True)


def _safe_text(failure: BaseException) -> str:
    """A stranger's message may quote data or secrets, so only its type is told."""
    return f"the tool failed with {type(failure).__name__}"
