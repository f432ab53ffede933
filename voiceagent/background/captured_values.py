"""What was captured for delegations that have not begun: in memory only, for one delegation, two minutes at most."""

import asyncio
from collections.abc import Mapping
from typing import Final

from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.errors import Conflict
from voiceagent.core.ids import DelegationId

KEPT_S: Final = 120.0
_MOST: Final = 256  # delegations; four times as many as run at once


class CapturedValues:
    """The values of a process, by delegation."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._kept_s = kept_s
        self._values: dict[DelegationId, dict[str, Secret]] = {}

    def keep(self, delegation_id: DelegationId, captured: Mapping[str, Secret]) -> None:
        """Until it is taken, or nobody has for too long. Raises Conflict when too much is kept already."""
        if len(self._values) >= _MOST:
            raise Conflict(f"captured values of {_MOST} delegations wait to be taken: try again in two minutes")
        self._values[delegation_id] = dict(captured)
        asyncio.get_running_loop().call_later(self._kept_s, self._values.pop, delegation_id, None)

    def take(self, delegation_id: DelegationId) -> dict[str, Secret]:
        """The values, once; nothing where nothing is kept."""
        return self._values.pop(delegation_id, {})

    def __len__(self) -> int:
        return len(self._values)
