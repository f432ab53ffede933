"""What a tool tells is kept and spoken, so nothing of it may hold what was captured for the tool. Pure."""

import re
from collections.abc import Iterable
from dataclasses import replace

import msgspec

from voiceagent.background.reporting import Report
from voiceagent.background.tool_outcome import ToolOutcome, ToolStatus
from voiceagent.conversation.secure_capture import Secret

_REPLACED = "the tool told what was captured for it, so nothing of what it told is kept: let it return a token"
_BETWEEN = r"[\W_]{0,3}"  # groups of four, by whatever they are kept apart
_SHORT = 8  # a security code of three figures is in many a token and a price, so it counts as a word of its own only


class CapturedGuard:
    """Looks through what one tool call tells. Without captured values it lets everything pass."""

    def __init__(self, captured: Iterable[Secret]) -> None:
        self._patterns = tuple(_pattern(secret.reveal()) for secret in captured)

    def holds(self, text: str) -> bool:
        """Whether a captured value is in the text, also in groups."""
        return any(pattern.search(text) for pattern in self._patterns)

    def checked(self, outcome: ToolOutcome) -> ToolOutcome:
        """The outcome, or as a whole another one in place of one that holds a value."""
        told = msgspec.json.encode((outcome.result, outcome.error)).decode()
        if not self._patterns or not self.holds(told):
            return outcome
        return replace(outcome, status=ToolStatus.ERROR, result={}, error=_REPLACED)

    def reports(self, report: Report) -> Report:
        """Reports of progress that hold a value are not passed on."""
        if not self._patterns:
            return report
        return Report(lambda told: report("" if self.holds(told.text) else told.text, seconds_left=told.seconds_left))


def _pattern(value: str) -> re.Pattern[str]:
    if len(value) >= _SHORT:
        return re.compile(_BETWEEN.join(map(re.escape, value)))
    figures = "|".join((re.escape(value), "[ -]".join(map(re.escape, value))))
    return re.compile(rf"(?<![0-9A-Za-z])(?:{figures})(?![0-9A-Za-z])")
