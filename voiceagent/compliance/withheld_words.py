"""What was withheld when it was said stays withheld when it is handed out, whatever the row holds."""

from dataclasses import replace

from voiceagent.records.dossier import CallDossier
from voiceagent.records.values import ToolCall, TranscriptSegment


def still_withheld(dossier: CallDossier) -> CallDossier:
    """The dossier without the words of what is marked as withheld. The writer of records has emptied them already; this
    holds too when somebody wrote to the table."""
    return replace(
        dossier,
        segments=tuple(_segment(one) if one.withheld else one for one in dossier.segments),
        tool_calls=tuple(_tool_call(one) if one.withheld else one for one in dossier.tool_calls),
    )


def _segment(one: TranscriptSegment) -> TranscriptSegment:
    return replace(one, text="", planned="", intent="")


def _tool_call(one: ToolCall) -> ToolCall:
    return replace(one, arguments={}, result={}, error="")
