"""What was said and done in a rehearsal, with times: to look things up in, and to show when something was missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voiceagent.conversation.phrase import plain_words
from voiceagent.telephony.events import AgentSaid
from voiceagent.telephony.work_events import ToolCalled


class Missing(AssertionError):
    """What a rehearsal expected did not happen; the message says what happened instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptLine:
    """`at_ms` is when it began, on the media clock. who: agent, caller, tool, call."""

    at_ms: int
    who: str
    text: str

    def __str__(self) -> str:
        return f"{self.at_ms / 1000:6.1f} s  {self.who:<6}  {self.text}"


def agent_line(said: AgentSaid) -> TranscriptLine:
    """An utterance as far as it was heard."""
    text = said.played if said.completed else f"{said.played} --".lstrip()
    return TranscriptLine(at_ms=said.start_ms, who="agent", text=text)


def tool_line(called: ToolCalled, at_ms: int) -> TranscriptLine:
    end = called.error or given(called.result)
    return TranscriptLine(
        at_ms=at_ms, who="tool", text=f"{called.name}({given(called.arguments)}) -> {end or 'nothing'}"
    )


def given(values: Mapping[str, Any]) -> str:
    """`a='1', b=2`; what is None is left out."""
    return ", ".join(f"{name}={value!r}" for name, value in values.items() if value is not None)


def holds(values: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether all that is wanted is there; "3" is as good as 3."""
    return all(name in values and str(values[name]) == str(value) for name, value in wanted.items())


def contains(text: str, wanted: str) -> bool:
    """Whether the words occur in this order, one after the other; case and punctuation do not count."""
    return f" {' '.join(plain_words(wanted))} " in f" {' '.join(plain_words(text))} "


def missing(expected: str, instead: list[str], lines: list[TranscriptLine]) -> Missing:
    """The error with everything that one needs to see what went wrong."""
    happened = [f"  instead: {text}" for text in instead] or ["  instead: nothing"]
    call = [f"    {line}" for line in sorted(lines, key=lambda line: line.at_ms)[-8:]]
    return Missing("\n".join([expected, *happened, "  the call until then:", *(call or ["    nothing was said"])]))
