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
from voiceagent.background.effects.policy import Ruling, decide
from voiceagent.background.tool_outcome import ToolOutcome, ToolStatus
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tools import Caller, IdempotencyKey, Tool
from voiceagent.conversation.effects import EffectState, Entry
from voiceagent.core.clock import Clock
from voiceagent.core.errors import StoreUnavailable, VoiceagentError
from voiceagent.core.ids import ProposalId

_log = structlog.get_logger(__name__)
_GRACE: Final = timedelta(seconds=5)  # beyond the tool's own limit
_LONGEST_WAIT: Final = timedelta(hours=1)
_MAX_ATTEMPTS: Final = 10  # over about two hours
_NO_TOOL: Final = "its tool is not there any more"
_BROKE_OFF: Final = "it broke off and may have happened"
_UNREAD: Final = "what was proposed cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """How a yes ended, and by which rule it ran or did not. An outcome that is `uncertain` may have happened: it is
    tried again when it is `unavailable` too, and nobody may promise anything when not."""

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

    async def confirm(self, proposal_id: ProposalId, tool: Tool, caller: Caller) -> Committed:
        """Carry out what `caller` has just said yes to, which has to be for `tool`; after an earlier commit its end."""
        try:
            entry = await self._ledger.find(proposal_id)
        except VoiceagentError as error:  # nothing has begun, and nothing will
            _log.error("confirmed proposal cannot be read", proposal_id=proposal_id, error=str(error))
            return Committed(outcome=ToolOutcome(status=ToolStatus.ERROR, arguments={}, error=str(error)), rule=_UNREAD)
        decision = decide(tool, caller, entry, self._clock.now())
        if decision.ruling is not Ruling.RUN:
            return Committed(outcome=_outcome(entry, ToolStatus.ERROR, decision.rule), rule=decision.rule)
        try:
            outcome = await self._begin(entry)
        except VoiceagentError as error:  # it was to be claimed, and nobody knows whether that was written down
            outcome = _doubtful(entry, str(error))
        return Committed(outcome=outcome, rule=decision.rule)

    async def commit(self, proposal_id: ProposalId) -> ToolOutcome:
        """Finish what was confirmed earlier. Raises NotFound, and StoreUnavailable before anything was done."""
        return await self._begin(await self._ledger.find(proposal_id))

    async def _begin(self, entry: Entry) -> ToolOutcome:
        if self._owner is None:
            return await self._commit(entry)
        ended: asyncio.Future[ToolOutcome] = asyncio.get_running_loop().create_future()
        self._owner.create_task(self._commit_for(entry, ended))
        return await asyncio.shield(ended)

    async def _commit_for(self, entry: Entry, ended: asyncio.Future[ToolOutcome]) -> None:
        try:
            ended.set_result(await self._commit(entry))
        except Exception as error:  # noqa: BLE001 - it must not take the commits of other callers with it
            ended.set_exception(error)
            ended.exception()  # whoever asked may have left
        finally:
            if not ended.done():  # cancelled: whoever asked must not wait for ever
                ended.set_result(self._broken_off(entry))

    async def _commit(self, entry: Entry) -> ToolOutcome:
        proposal_id, now = entry.proposal.proposal_id, self._clock.now()
        tool = self._tools.find(entry.proposal.tool)
        claimed = await self._ledger.claim(proposal_id, now=now, until=now + _held_for(tool, entry.attempts))
        if claimed is None:
            return _told(await self._ledger.find(proposal_id))
        try:
            return await self._carry_out(tool, claimed)
        except Exception:  # noqa: BLE001 - one broken entry must not hold up others; with its lease it is tried again
            _log.exception("commit broke off", proposal_id=proposal_id)
            return self._broken_off(claimed)

    def _broken_off(self, entry: Entry) -> ToolOutcome:
        tool = self._tools.find(entry.proposal.tool)
        return replace(_doubtful(entry, _BROKE_OFF), unavailable=tool is not None and tool.repeatable)

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
        try:
            ours = await self._ledger.settle(
                proposal_id, attempt=entry.attempts, state=state, result=outcome.result, error=outcome.error
            )
        except StoreUnavailable as error:  # recovery tries it again: what is done stays done, a refusal may not stand
            _log.error("end of an effect cannot be written down", proposal_id=proposal_id, error=str(error))
            return outcome if state is EffectState.DONE else replace(outcome, uncertain=True, unavailable=False)
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
