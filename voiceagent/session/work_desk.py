"""The call's side of delegations: what runs, when a filler is due, which result waits for a good moment.

Interrupting speech never cancels work. New work supersedes older work that has not been woven in: its result is
dropped, not spoken, and the record says so; the tools it ran are recorded all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

from voiceagent.conversation.delegation import (
    Commentary,
    DelegationPackage,
    DelegationUpdate,
    Instructions,
    Line,
    Thinking,
    ToolRan,
    WorkDone,
)
from voiceagent.conversation.profile import Waits
from voiceagent.conversation.reply import WorkRequest
from voiceagent.core.ids import CallId, DelegationId, TenantId
from voiceagent.session.commands import Command, Note, StartWork
from voiceagent.telephony.events import DelegationEnded, DelegationStarted, ToolCalled

_FILLER_GAP_MS = 5000  # a second filler sooner than this sounds like a broken record
_MAX_FILLERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What a delegation is told of the call; all of it from signalling, none of it from speech."""

    call_id: CallId
    tenant_id: TenantId
    profile: str
    profile_version: int
    caller: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Words that wait to be woven into the talk."""

    delegation_id: DelegationId
    intent: str
    text: str


@dataclass(slots=True)
class _Work:
    delegation_id: DelegationId
    intent: str
    started_ms: int
    filler_due_ms: int
    fillers: int = 0
    said: bool = False


class WorkDesk:
    """Books of one call's delegations; at most one is current."""

    def __init__(self, facts: CallFacts, waits: Waits, new_id: Callable[[str], str]) -> None:
        self._facts = facts
        self._waits = waits
        self._new_id = new_id
        self._work: _Work | None = None
        self._result: Result | None = None

    @property
    def pending(self) -> bool:
        """Something runs or waits to be spoken."""
        return self._work is not None or self._result is not None

    def start(self, request: WorkRequest, lines: tuple[Line, ...], now_ms: int) -> list[Command]:
        """Delegate; older unfinished work is superseded."""
        commands = self._supersede(now_ms)
        delegation_id = DelegationId(self._new_id("del"))
        due = now_ms + round(self._waits.filler_after_s * 1000)
        self._work = _Work(delegation_id, request.intent, now_ms, due)
        package = DelegationPackage(
            delegation_id=delegation_id,
            call_id=self._facts.call_id,
            tenant_id=self._facts.tenant_id,
            profile=self._facts.profile,
            profile_version=self._facts.profile_version,
            caller=self._facts.caller,
            intent=request.intent,
            slots=dict(request.slots),
            conversation=lines,
        )
        started = DelegationStarted(delegation_id=delegation_id, intent=request.intent, at_ms=now_ms)
        return [*commands, Note(event=started), StartWork(package=package)]

    def on_update(self, delegation_id: DelegationId, update: DelegationUpdate, now_ms: int) -> list[Command]:
        """Take an update; one of superseded work is only recorded."""
        current = self._work is not None and self._work.delegation_id == delegation_id
        match update:
            case ToolRan():
                return [Note(event=_tool_called(delegation_id, update))]
            case Commentary() if current and self._work is not None:
                self._result = Result(delegation_id=delegation_id, intent=self._work.intent, text=update.text)
                self._work.said = True
                return []
            case WorkDone() if current and self._work is not None:
                return self._done(self._work, update, now_ms)
            case Commentary() | WorkDone() | Thinking() | Instructions():
                return []

    def filler_due(self, now_ms: int) -> bool:
        """Whether the wait should be covered with words now; asking counts as covering it."""
        work = self._work
        if work is None or self._result is not None or now_ms < work.filler_due_ms or work.fillers >= _MAX_FILLERS:
            return False
        work.fillers += 1
        work.filler_due_ms = now_ms + _FILLER_GAP_MS
        return True

    def timed_out(self, now_ms: int) -> list[Command]:
        """Give up on work that takes too long; the caller is told the truth."""
        work = self._work
        if work is None or now_ms - work.started_ms < self._waits.work_timeout_s * 1000:
            return []
        return self._done(work, WorkDone(outcome="unreachable", detail="no answer in time"), now_ms)

    def take_result(self) -> Result | None:
        """The words that wait; they are yours to speak."""
        result, self._result = self._result, None
        return result

    def _done(self, work: _Work, done: WorkDone, now_ms: int) -> list[Command]:
        self._work = None
        outcome = "woven" if work.said else "failed"
        if not work.said:
            self._result = Result(delegation_id=work.delegation_id, intent=work.intent, text="")
        detail = done.detail or ("" if done.outcome == "ok" else done.outcome)
        ended = DelegationEnded(delegation_id=work.delegation_id, outcome=outcome, at_ms=now_ms, detail=detail)
        return [Note(event=ended)]

    def _supersede(self, now_ms: int) -> list[Command]:
        commands: list[Command] = []
        if self._work is not None:
            old = self._work.delegation_id
            ended = DelegationEnded(delegation_id=old, outcome="superseded", at_ms=now_ms)
            commands = [Note(event=ended)]
        self._work = self._result = None
        return commands


def _tool_called(delegation_id: DelegationId, ran: ToolRan) -> ToolCalled:
    return ToolCalled(
        tool_call_id=ran.tool_call_id,
        delegation_id=delegation_id,
        name=ran.name,
        arguments=ran.arguments,
        status=ran.status,
        result=ran.result,
        duration_ms=ran.duration_ms,
        error=ran.error,
    )
