"""Commit a confirmed proposal: once, whatever dies in between.

A caller who hung up has said yes all the same, so a commit that has begun goes on without whoever asked for it.

The proposal's id is the idempotency key of the system behind the tool. A try that broke off is made again with the same
key by whoever comes next (`recovery`); a tool that takes no key is never tried twice, so it happens at most once and a
person is told to look.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from voiceagent.background.effects.ledger import EffectLedger
from voiceagent.background.effects.policy import CONFIRMED, Ruling, decide
from voiceagent.background.tools import Caller, IdempotencyKey, Tool, ToolOutcome, ToolRegistry, ToolStatus
from voiceagent.conversation.effects import EffectState, Entry
from voiceagent.core.clock import Clock
from voiceagent.core.ids import ProposalId

_log = structlog.get_logger(__name__)
_GRACE: Final = timedelta(seconds=5)  # beyond the tool's own limit
_LONGEST_WAIT: Final = timedelta(hours=1)
_MAX_ATTEMPTS: Final = 10  # over about two hours
_NO_TOOL: Final = "its tool is not there any more"
_BROKE_OFF: Final = "it broke off and may have happened; it cannot be tried again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """How it ended, and by which rule it ran or did not. An outcome that is `uncertain` may have happened: it is tried
    again when it is `unavailable` too, and waits for a person when not."""

    outcome: ToolOutcome
    rule: str


class Committer:
    """Runs confirmed tools against one ledger.

    owner: has the commits that have begun. Without one a commit ends with whoever asked, and recovery has to finish it.
    """

    def __init__(
        self, ledger: EffectLedger, tools: ToolRegistry, clock: Clock, owner: asyncio.TaskGroup | None = None
    ) -> None:
        self._ledger = ledger
        self._tools = tools
        self._clock = clock
        self._owner = owner

    async def commit(self, proposal_id: ProposalId, caller: Caller | None = None) -> Committed:
        """The outcome, of an earlier commit if there was one; `caller` is who has just said yes, None in recovery.

        Raises NotFound, StoreUnavailable.
        """
        if self._owner is None:
            return await self._commit(proposal_id, caller)
        ended: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        self._owner.create_task(self._commit_for(proposal_id, caller, ended))
        return await asyncio.shield(ended)

    async def _commit_for(
        self, proposal_id: ProposalId, caller: Caller | None, ended: asyncio.Future[Committed]
    ) -> None:
        try:
            ended.set_result(await self._commit(proposal_id, caller))
        except Exception as error:  # noqa: BLE001 - it must not take the commits of other callers with it
            _log.exception("commit broke off; it is tried again if it had begun", proposal_id=proposal_id)
            ended.set_exception(error)
            ended.exception()  # whoever asked may have left

    async def _commit(self, proposal_id: ProposalId, caller: Caller | None) -> Committed:
        entry = await self._ledger.find(proposal_id)
        tool = self._tools.find(entry.proposal.tool)
        now = self._clock.now()
        if tool is not None and caller is not None:
            decision = decide(tool, caller, entry, now)
            if decision.ruling is not Ruling.RUN:
                return Committed(outcome=_outcome(entry, ToolStatus.ERROR, decision.rule), rule=decision.rule)
        claimed = await self._ledger.claim(proposal_id, now=now, until=now + _held_for(tool, entry.attempts))
        if claimed is None:
            return Committed(outcome=_told(await self._ledger.find(proposal_id)), rule=CONFIRMED)
        return Committed(outcome=await self._carry_out(tool, claimed), rule=CONFIRMED)

    async def _carry_out(self, tool: Tool | None, claimed: Entry) -> ToolOutcome:
        if tool is None:
            return await self._end(claimed, EffectState.UNKNOWN, _doubtful(claimed, _NO_TOOL))
        if claimed.attempts > 1 and not tool.repeatable:
            return await self._end(claimed, EffectState.UNKNOWN, _doubtful(claimed, _BROKE_OFF))
        outcome = await self._try(tool, claimed)
        if outcome.status is ToolStatus.OK:
            return await self._end(claimed, EffectState.DONE, outcome)
        if not outcome.uncertain and claimed.attempts == 1:
            return await self._end(claimed, EffectState.FAILED, outcome)
        if not outcome.uncertain or not tool.repeatable or claimed.attempts >= _MAX_ATTEMPTS:
            return await self._end(claimed, EffectState.UNKNOWN, replace(outcome, uncertain=True, unavailable=False))
        return replace(outcome, unavailable=True)  # stays ours until the lease runs out; then it is tried again

    async def _try(self, tool: Tool, entry: Entry) -> ToolOutcome:
        proposal = entry.proposal
        caller = Caller(number=proposal.caller, tenant_id=proposal.tenant_id, call_id=proposal.call_id)
        key = IdempotencyKey(proposal.proposal_id)
        return await tool.call(proposal.arguments, caller=caller, clock=self._clock, key=key)

    async def _end(self, entry: Entry, state: EffectState, outcome: ToolOutcome) -> ToolOutcome:
        proposal_id = entry.proposal.proposal_id
        if state is EffectState.UNKNOWN:
            _log.error("effect of unknown outcome: a person has to look", proposal_id=proposal_id)
        ours = await self._ledger.settle(
            proposal_id, attempt=entry.attempts, state=state, result=outcome.result, error=outcome.error
        )
        return outcome if ours else _told(await self._ledger.find(proposal_id))


def _held_for(tool: Tool | None, attempts: int) -> timedelta:
    """Longer each time, so that a system that is down is not asked every few seconds."""
    shortest = timedelta(seconds=tool.timeout_s if tool else 0.0) + _GRACE
    return min(shortest * 2.0 ** min(attempts, 16), max(shortest, _LONGEST_WAIT))


def _told(entry: Entry) -> ToolOutcome:
    """What the ledger knows, as if it had just happened."""
    match entry.state:
        case EffectState.DONE:
            return _outcome(entry, ToolStatus.OK, "")
        case EffectState.FAILED:
            return _outcome(entry, ToolStatus.ERROR, entry.error)
        case EffectState.UNKNOWN:
            return _doubtful(entry, entry.error or _BROKE_OFF)
        case _:
            return replace(_doubtful(entry, "it is being carried out"), unavailable=True)


def _doubtful(entry: Entry, error: str) -> ToolOutcome:
    return replace(_outcome(entry, ToolStatus.ERROR, error), uncertain=True)


def _outcome(entry: Entry, status: ToolStatus, error: str) -> ToolOutcome:
    return ToolOutcome(status=status, arguments=entry.proposal.arguments, result=entry.result, error=error)
