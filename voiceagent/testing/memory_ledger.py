"""A ledger of effects in memory, under the same contract as the one in Postgres."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from voiceagent.conversation.effects import EffectState, Entry, Proposal
from voiceagent.core.errors import NotFound
from voiceagent.core.ids import ProposalId


class MemoryLedger:
    """Implements `EffectLedger`."""

    def __init__(self) -> None:
        self._entries: dict[ProposalId, Entry] = {}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that was ever proposed, in order."""
        return tuple(self._entries.values())

    async def propose(self, proposal: Proposal) -> None:
        kept = replace(proposal, arguments=_as_stored(proposal.arguments))
        self._entries[proposal.proposal_id] = Entry(proposal=kept)

    async def find(self, proposal_id: ProposalId) -> Entry:
        if proposal_id not in self._entries:
            raise NotFound(f"there is no proposal {proposal_id}")
        return self._entries[proposal_id]

    async def alike(self, proposal: Proposal) -> Entry | None:
        same = [entry for entry in self._entries.values() if entry.open_end and entry.proposal.is_like(proposal)]
        return max(same, key=lambda entry: entry.proposal.proposed_at, default=None)

    async def claim(self, proposal_id: ProposalId, *, now: datetime, until: datetime) -> Entry | None:
        entry = await self.find(proposal_id)
        held = entry.state is EffectState.COMMITTING and entry.held_until is not None and entry.held_until > now
        if entry.ended or held:
            return None
        claimed = replace(entry, state=EffectState.COMMITTING, attempts=entry.attempts + 1, held_until=until)
        self._entries[proposal_id] = claimed
        return claimed

    async def settle(
        self, proposal_id: ProposalId, *, attempt: int, state: EffectState, result: dict[str, Any], error: str
    ) -> bool:
        entry = await self.find(proposal_id)
        if entry.ended or entry.attempts != attempt:
            return False
        self._entries[proposal_id] = replace(
            entry, state=state, result=_as_stored(result), error=error, held_until=None
        )
        return True

    async def abandoned(self, now: datetime, limit: int) -> tuple[ProposalId, ...]:
        waiting = [
            (entry.held_until, proposal_id)
            for proposal_id, entry in self._entries.items()
            if entry.state is EffectState.COMMITTING and entry.held_until is not None and entry.held_until <= now
        ]
        return tuple(proposal_id for _, proposal_id in sorted(waiting)[:limit])


def _as_stored(values: dict[str, Any]) -> dict[str, Any]:
    """Raises TypeError and ValueError for what JSON has no word for."""
    stored: dict[str, Any] = json.loads(json.dumps(values, allow_nan=False))
    return stored
