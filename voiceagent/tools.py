"""What a `tools.py` beside an `agent.yaml` needs; docs/how-to/write-an-agent.md shows one.

Raise `UpstreamUnavailable` when the system behind a tool does not answer: the caller is told so, and a read with
`retries` is tried again. Return `{"found": False}` when there is nothing. What a
caller typed for this tool alone comes as `Captured`; `card.reveal()` is the figures.
"""

from voiceagent.background.tools import Caller, Captured, Effect, IdempotencyKey, tool
from voiceagent.core.errors import UpstreamUnavailable

__all__ = ["Caller", "Captured", "Effect", "IdempotencyKey", "UpstreamUnavailable", "tool"]
