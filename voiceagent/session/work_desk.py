"""The call's side of delegations: what runs, what the caller waits for, which result waits for a good moment.

Interrupting speech never cancels work, and several delegations may run at once. The same asked again supersedes what
runs for it: that is told to stop, its result is dropped, not spoken, and the record says so; the tools it ran are
recorded all the same. What becomes of results that come late is a table (`conversation.late_results`). A delegation
ends in the record when its last words entered the talk, not when they were found.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from voiceagent.conversation.claims import Claim
from voiceagent.conversation.delegation import (
    Commentary,
    DelegationPackage,
    DelegationUpdate,
    Line,
    Progress,
    Proposed,
    ToolRan,
    WorkDone,
)
from voiceagent.conversation.late_results import ACTS, STALE_AFTER_MS, LateAct, Lateness
from voiceagent.conversation.profile import Waits
from voiceagent.conversation.reply import WorkRequest
from voiceagent.conversation.secure_capture import Secret
from voiceagent.conversation.waiting import Wait
from voiceagent.core.errors import InternalError
from voiceagent.core.ids import DelegationId, UtteranceId
from voiceagent.session.call_facts import CallFacts
from voiceagent.session.commands import Command, Note, StartWork, StopWork
from voiceagent.telephony.events import (
    DelegationEnded,
    DelegationStarted,
    EffectConfirmed,
    EffectDeclined,
    EffectProposed,
    ResultCameLate,
    ToolCalled,
)

_NOTHING: Mapping[str, Secret] = MappingProxyType({})
_MOST_AT_ONCE = 3  # nobody keeps more questions in mind
_REMEMBERED = 8  # delegations whose late results are told from unknown ones
_NO_ANSWER = WorkDone(outcome="unreachable", detail="no answer in time")
_MAX_WAITING = 4  # pieces of one result; of a chattier agent the newest are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Words that wait to be woven in, and what they claim. With `proposal` they ask whether it shall be done.

    late: why it needs words before it, None for the answer to what was asked last.
    """

    delegation_id: DelegationId
    request: WorkRequest
    text: str  # "" when the work came to nothing
    claims: tuple[Claim, ...] = ()
    proposal: Proposed | None = None
    late: Lateness | None = None


@dataclass(slots=True)
class _Work:
    delegation_id: DelegationId
    request: WorkRequest
    started_ms: int
    wait: Wait
    found: deque[Commentary] = field(default_factory=lambda: deque(maxlen=_MAX_WAITING))  # waits to be spoken
    texts: list[str] = field(default_factory=list)  # all that was found, spoken or not
    proposal: Proposed | None = None
    done: WorkDone | None = None
    late: Lateness | None = None
    outcome: str = ""  # once it is closed
    closed_ms: int = 0
    runs: bool = True  # over there, as far as we know; what we gave up may still do so


class WorkDesk:
    """Books of one call's delegations."""

    def __init__(self, facts: CallFacts, waits: Waits, new_id: Callable[[str], str]) -> None:
        self._facts = facts
        self._waits = waits
        self._new_id = new_id
        self._open: list[_Work] = []  # the one that was asked for last is last
        self._closed: deque[_Work] = deque(maxlen=_REMEMBERED)
        self._read_back: Proposed | None = None  # waits for the caller's yes

    @property
    def pending(self) -> bool:
        """Something runs or waits to be spoken."""
        return bool(self._open)

    @property
    def waits_for_yes(self) -> bool:
        """A read-back was spoken, and its answer is all that is said next."""
        return self._read_back is not None

    @property
    def has_result(self) -> bool:
        """Words may be spoken now; while a read-back waits for its yes nothing is said in between."""
        return self._read_back is None and any(work.found for work in self._open)

    def start(
        self,
        request: WorkRequest,
        lines: tuple[Line, ...],
        now_ms: int,
        captured: Mapping[str, Secret] = _NOTHING,
    ) -> list[Command]:
        """Delegate; what runs for the same intent is superseded. What was read back is confirmed by it, or falls."""
        loose = [work for work in self._open if not work.request.confirms]  # what is being carried out is told
        again = [work for work in loose if work.request.intent == request.intent]
        again = again or loose[: 1 - _MOST_AT_ONCE]
        commands = [command for work in again for command in self._close(work, "superseded", now_ms)]
        useless = [work for work in self._closed if work in again or work.request.intent == request.intent]
        commands += [command for work in useless for command in _stop(work)]
        delegation_id = DelegationId(self._new_id("del"))
        self._open.append(_Work(delegation_id, request, now_ms, Wait(self._waits, now_ms)))
        confirmed = self._read_back.proposal_id if self._read_back and request.confirms else None
        if confirmed:
            self._read_back = None
            confirming = EffectConfirmed(proposal_id=confirmed, delegation_id=delegation_id, at_ms=now_ms)
            commands.append(Note(event=confirming))
        commands += self.decline("superseded", now_ms)
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
            confirms=confirmed,
        )
        started = DelegationStarted(delegation_id=delegation_id, intent=request.intent, at_ms=now_ms)
        return [*commands, Note(event=started), StartWork(package=package, captured=captured)]

    def on_update(self, delegation_id: DelegationId, update: DelegationUpdate, now_ms: int) -> list[Command]:
        """Take an update; the tools of all work are recorded."""
        work = next((one for one in (*self._open, *self._closed) if one.delegation_id == delegation_id), None)
        if work is not None and isinstance(update, WorkDone):
            work.runs = False
        match update:
            case ToolRan():
                return [Note(event=_tool_called(delegation_id, update))]
            case Commentary() if work is not None:
                return self._found(work, update, None, now_ms)
            case Proposed() if work is not None:
                return self._found(work, Commentary(text=update.read_back), update, now_ms)
            case Progress() if work is not None:
                work.wait.report(update, now_ms)
                return []
            case WorkDone() if work is not None and work.done is None and not work.outcome:
                return self._done(work, update, now_ms)
            case _:
                return []

    @property
    def wait(self) -> Wait | None:
        """What the caller waits for in silence; asking them whether it shall be done counts as an answer."""
        work = self._open[-1] if self._open else None
        if work is None or work.done is not None or work.texts or self._read_back is not None:
            return None
        return work.wait

    def give_up(self, now_ms: int) -> list[Command]:
        """What the caller waits for has told nothing for too long: the truth is the result (`has_result`)."""
        return self._done(self._open[-1], _NO_ANSWER, now_ms)

    def timed_out(self, now_ms: int) -> list[Command]:
        """Give up on work that takes too long; the caller is told the truth."""
        overdue = [work for work in self._open if work.done is None and work.wait.over(now_ms)]
        return [command for work in overdue for command in self._done(work, _NO_ANSWER, now_ms)]

    def take_result(self, now_ms: int) -> tuple[Result, list[Command]]:
        """The words that wait (`has_result`): they are yours to speak. After the last ones the work is closed."""
        work = next((one for one in self._open if one.found), None)
        if work is None:
            raise InternalError("no result waits")
        words = work.found.popleft()
        late = work.late or (Lateness.OVERTAKEN if work is not self._open[-1] else None)
        result = Result(
            delegation_id=work.delegation_id,
            request=work.request,
            text=words.text,
            claims=words.claims,
            proposal=work.proposal if not work.found else None,  # what is asked is asked last
            late=late,
        )
        told = [_late(work, late, now_ms)] if late and work.late is None else []  # what was taken up was noted then
        work.late = None  # said once
        return result, [*told, *self._close_when_said(work, now_ms)]

    def asks(self, result: Result, utterance_id: UtteranceId, now_ms: int) -> list[Command]:
        """The proposal is being read back in this utterance; it waits for a yes from now on."""
        if result.proposal is None:
            return []
        self._read_back = result.proposal
        proposed = EffectProposed(
            proposal_id=result.proposal.proposal_id,
            delegation_id=result.delegation_id,
            utterance_id=utterance_id,
            tool=result.proposal.tool,
            effect=result.proposal.effect,
            at_ms=now_ms,
        )
        return [Note(event=proposed)]

    def decline(self, reason: str, now_ms: int) -> list[Command]:
        """Nothing will come of what was read back last, if anything was."""
        read_back, self._read_back = self._read_back, None
        if read_back is None:
            return []
        return [Note(event=EffectDeclined(proposal_id=read_back.proposal_id, reason=reason, at_ms=now_ms))]

    def call_over(self, now_ms: int) -> list[Command]:
        """Nobody is left to tell, or to say yes."""
        dropped = [command for work in tuple(self._open) for command in self._close(work, "dropped", now_ms)]
        return [*dropped, *self.decline("call_over", now_ms)]

    def _found(self, work: _Work, words: Commentary, proposal: Proposed | None, now_ms: int) -> list[Command]:
        late = self._lateness(work, words, now_ms, asks=proposal is not None)
        if late is not None and ACTS[late] is LateAct.DROP:
            return [_late(work, late, now_ms)]
        if late is not None:  # the work is taken up again: its end is still to come
            self._closed.remove(work)
            self._open.insert(0, work)
            work.late, work.done, work.outcome, work.started_ms = late, None, "", now_ms
            work.wait = Wait(self._waits, now_ms)
        work.found.append(words)
        work.texts.append(words.text)
        work.proposal = proposal or work.proposal
        return [_late(work, late, now_ms)] if late else []  # also says why this delegation ends a second time

    def _lateness(self, work: _Work, words: Commentary, now_ms: int, *, asks: bool) -> Lateness | None:
        """None while the work is open and the words are new. What we said could not be had is told after all, but
        nothing is asked out of the blue."""
        if work.texts and words.text == work.texts[-1]:
            return Lateness.DUPLICATE
        if not work.outcome:
            return None
        newer = [other for other in (*self._open, *self._closed) if other.started_ms > work.started_ms]
        if work.outcome != "failed" or any(other.request.intent == work.request.intent for other in newer):
            return Lateness.SUPERSEDED
        fresh = now_ms - work.closed_ms < STALE_AFTER_MS and not asks
        return Lateness.GIVEN_UP if fresh else Lateness.STALE

    def _done(self, work: _Work, done: WorkDone, now_ms: int) -> list[Command]:
        work.done = done
        if not work.texts:
            work.found.append(Commentary(text=""))  # nothing was found, and that has to be said too
        return self._close_when_said(work, now_ms)

    def _close_when_said(self, work: _Work, now_ms: int) -> list[Command]:
        if work.done is None or work.found:
            return []
        detail = work.done.detail or ("" if work.done.outcome == "ok" else work.done.outcome)
        return self._close(work, "woven" if work.texts else "failed", now_ms, detail)

    def _close(self, work: _Work, outcome: str, now_ms: int, detail: str = "") -> list[Command]:
        self._open.remove(work)
        self._closed.append(work)
        work.outcome, work.closed_ms = outcome, now_ms
        ended = DelegationEnded(delegation_id=work.delegation_id, outcome=outcome, at_ms=now_ms, detail=detail)
        return [Note(event=ended)]


def _stop(work: _Work) -> list[Command]:
    """Tell it that nobody waits any more, once; what the caller said yes to is carried out."""
    asked, work.runs = work.runs and not work.request.confirms, False
    return [StopWork(delegation_id=work.delegation_id)] if asked else []


def _late(work: _Work, late: Lateness, now_ms: int) -> Command:
    event = ResultCameLate(delegation_id=work.delegation_id, reason=late.value, act=ACTS[late].value, at_ms=now_ms)
    return Note(event=event)


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
        decision=ran.decision,
    )
