"""What a person has to know about a caller who is put through to them: a fold over the call's log. Pure.

The same log gives the same summary. It holds words only where the caller's consent stood when they were put through.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from voiceagent.telephony import events as ev
from voiceagent.telephony.events import CallEvent

_LAST_LINES: Final = 6
_OPENING: Final = frozenset({"disclosure", "notice", "consent", "greeting", "filler"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenLine:
    speaker: str  # caller | agent
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFact:
    """What a system was asked and what it said."""

    tool: str
    arguments: dict[str, Any]
    status: str  # ok | error | timeout
    result: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSummary:
    """`found` was looked up, `changed` was asked for with the caller's yes (its status says whether it worked).

    withheld: the caller's consent to keeping words did not stand, so that nothing but their number is here.
    """

    reference: str
    caller: str
    intent: str
    slots: dict[str, Any] = field(default_factory=dict)
    found: tuple[ToolFact, ...] = ()
    changed: tuple[ToolFact, ...] = ()
    last_lines: tuple[SpokenLine, ...] = ()
    withheld: bool = False

    def text(self) -> str:
        """The summary in lines, for a screen that shows text only."""
        if self.withheld:
            return f"Caller {self.caller}. The caller has not allowed what was said to be kept, so it is not told here."
        slots = ", ".join(f"{name} {value}" for name, value in self.slots.items())
        lines = [f"Caller {self.caller} wants: {self.intent}" + (f" ({slots})" if slots else "")]
        lines += [f"Found by {_told(fact)}" for fact in self.found]
        lines += [f"Changed by {_told(fact)}" for fact in self.changed]
        lines += [f"{line.speaker}: {line.text}" for line in self.last_lines]
        return "\n".join(lines)


def summary_for_transfer(log: Iterable[CallEvent], reference: str) -> TransferSummary | None:
    """The summary of that transfer from the log in order, up to its request; None when it is not in it."""
    caller, consented = "", False
    confirmed: set[str] = set()
    tools: list[ev.ToolCalled] = []
    lines: list[SpokenLine] = []
    for event in log:
        match event:
            case ev.CallStarted():
                caller = event.caller
            case (
                ev.ConsentGranted(purpose="recording")
                | ev.ConsentDenied(purpose="recording")
                | ev.ConsentWithdrawn(purpose="recording")
            ):
                consented = isinstance(event, ev.ConsentGranted)
            case ev.EffectConfirmed():
                confirmed.add(event.delegation_id)
            case ev.ToolCalled():
                tools.append(event)
            case ev.CallerSaid() | ev.AgentSaid():
                lines += _line(event)
            case ev.TransferRequested() if event.reference == reference and not consented:
                return TransferSummary(reference=reference, caller=caller, intent="", withheld=True)
            case ev.TransferRequested() if event.reference == reference:
                return TransferSummary(
                    reference=reference,
                    caller=caller,
                    intent=event.intent,
                    slots=event.slots,
                    found=tuple(_fact(tool) for tool in tools if tool.delegation_id not in confirmed),
                    changed=tuple(_fact(tool) for tool in tools if tool.delegation_id in confirmed),
                    last_lines=tuple(lines[-_LAST_LINES:]),
                )
            case _:
                pass
    return None


def _line(event: ev.CallerSaid | ev.AgentSaid) -> list[SpokenLine]:
    if isinstance(event, ev.CallerSaid):
        return [SpokenLine(speaker="caller", text=event.text)] if event.text else []
    told = event.played and event.kind not in _OPENING
    return [SpokenLine(speaker="agent", text=event.played)] if told else []


def _fact(tool: ev.ToolCalled) -> ToolFact:
    return ToolFact(tool=tool.name, arguments=tool.arguments, status=tool.status, result=tool.result)


def _told(fact: ToolFact) -> str:
    values = fact.result if fact.status == "ok" else fact.arguments
    return f"{fact.tool} ({fact.status}): " + ", ".join(f"{name} {value}" for name, value in values.items())
