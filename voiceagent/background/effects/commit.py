"""Commit a confirmed proposal: once, whatever dies in between.

A caller who hung up has said yes all the same, so a commit that has begun goes on without whoever asked for it.

The proposal's id is the idempotency key of the system behind the tool. A try that broke off is made again with the same
key by whoever comes next (`recovery`); a tool that takes no key is never tried twice, so it happens at most once and a
person is told to look.
"""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from voiceagent.background.effects.ledger import EffectLedger
from voiceagent.background.tools import Caller, IdempotencyKey, Tool, ToolOutcome, ToolRegistry, ToolStatus
from voiceagent.conversation.effects import EffectState, Entry
from voiceagent.core.clock import Clock
from voiceagent.core.errors import VoiceagentError
from voiceagent.core.ids import ProposalId

_log = structlog.get_logger(__name__)
_GRACE: Final = timedelta(seconds=5)  # beyond the tool's own limit
_LONGEST_WAIT: Final = timedelta(hours=1)
_MAX_ATTEMPTS: Final = 10  # over about two hours
_BROKE_OFF: Final = "it broke off and may have happened; it cannot be tried again"


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

    async def commit(self, proposal_id: ProposalId) -> ToolOutcome:
        """The outcome, of an earlier commit if there was one. Raises NotFound, StoreUnavailable."""
        if self._owner is None:
            return await self._commit(proposal_id)
        ended: asyncio.Future[ToolOutcome] = asyncio.get_running_loop().create_future()
        self._owner.create_task(self._commit_for(proposal_id, ended))
        return await asyncio.shield(ended)

    async def _commit_for(self, proposal_id: ProposalId, ended: asyncio.Future[ToolOutcome]) -> None:
        try:
            ended.set_result(await self._commit(proposal_id))
        except VoiceagentError as error:
            _log.warning("commit broke off; it is tried again if it had begun", proposal_id=proposal_id)
            ended.set_exception(error)
            ended.exception()  # whoever asked may have left

    async def _commit(self, proposal_id: ProposalId) -> ToolOutcome:
        now = self._clock.now()
        entry = await self._ledger.find(proposal_id)
        tool = self._tools.get(entry.proposal.tool)
        claimed = await self._ledger.claim(proposal_id, now=now, until=now + _held_for(tool, entry.attempts))
        if claimed is None:
            return _told(await self._ledger.find(proposal_id))
        if claimed.attempts > 1 and not tool.repeatable:
            return await self._end(claimed, EffectState.UNKNOWN, _outcome(claimed, ToolStatus.ERROR, _BROKE_OFF))
        outcome = await self._try(tool, claimed)
        if outcome.status is ToolStatus.OK:
            return await self._end(claimed, EffectState.DONE, outcome)
        if not outcome.uncertain:
            return await self._end(claimed, EffectState.FAILED, outcome)
        if not tool.repeatable or claimed.attempts >= _MAX_ATTEMPTS:
            return await self._end(claimed, EffectState.UNKNOWN, outcome)
        return outcome  # stays ours until the lease runs out; then it is tried again

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


def _held_for(tool: Tool, attempts: int) -> timedelta:
    """Longer each time, so that a system that is down is not asked every few seconds."""
    shortest = timedelta(seconds=tool.timeout_s) + _GRACE
    return min(shortest * 2.0 ** min(attempts, 16), max(shortest, _LONGEST_WAIT))


def _told(entry: Entry) -> ToolOutcome:
    """What the ledger knows, as if it had just happened."""
    if entry.state is EffectState.DONE:
        return _outcome(entry, ToolStatus.OK, "")
    return _outcome(entry, ToolStatus.ERROR, entry.error or "somebody else is committing it", waits=not entry.ended)


def _outcome(entry: Entry, status: ToolStatus, error: str, *, waits: bool = False) -> ToolOutcome:
    return ToolOutcome(
        status=status, arguments=entry.proposal.arguments, result=entry.result, error=error, unavailable=waits
    )
