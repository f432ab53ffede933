"""What is recorded of a tool that a delegation ran, or was refused."""

from voiceagent.background.tool_outcome import ToolOutcome
from voiceagent.conversation.delegation import ToolRan
from voiceagent.core.ids import ToolCallId, new_id


def tool_ran(name: str, outcome: ToolOutcome, decision: str) -> ToolRan:
    """`decision`: the rule by which it ran or did not."""
    return ToolRan(
        tool_call_id=ToolCallId(new_id("tool")),
        name=name,
        arguments=outcome.arguments,
        status=outcome.status.value,
        result=outcome.result,
        duration_ms=outcome.duration_ms,
        error=outcome.error,
        decision=decision,
    )
