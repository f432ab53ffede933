"""The ledger of effects, as the background agent needs it: `records.effect_ledger` keeps it in Postgres."""

from datetime import datetime
from typing import Any, Protocol

from voiceagent.conversation.effects import EffectState, Entry, Proposal
from voiceagent.core.ids import ProposalId


class EffectLedger(Protocol):
    """Survives the process. Every method raises StoreUnavailable when the store does not answer."""

    async def propose(self, proposal: Proposal) -> None:
        """Enter a new proposal."""
        ...

    async def find(self, proposal_id: ProposalId) -> Entry:
        """The entry as it is now. Raises NotFound."""
        ...

    async def alike(self, proposal: Proposal) -> Entry | None:
        """The newest of the last day for the same caller, tool and arguments whose end is not known; None without."""
        ...

    async def claim(self, proposal_id: ProposalId, *, now: datetime, until: datetime) -> Entry | None:
        """Begin to commit, atomically: of several at once one gets the entry, with `attempts` raised.

        None for what has ended or is held by somebody else until later than `now`. Raises NotFound.
        """
        ...

    async def settle(
        self, proposal_id: ProposalId, *, attempt: int, state: EffectState, result: dict[str, Any], error: str
    ) -> bool:
        """Write down the end; False when a later attempt has taken over, whose word counts then."""
        ...

    async def abandoned(self, now: datetime, limit: int) -> tuple[ProposalId, ...]:
        """What is being committed by nobody any more, the longest waiting first."""
        ...
