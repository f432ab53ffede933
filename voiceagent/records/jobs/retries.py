"""When a job that failed is tried again, and when no more. Pure."""

import asyncio
from dataclasses import dataclass

from voiceagent.core.errors import BadInput, Conflict, NotFound, VoiceagentError

# The same arguments lead there again. All else may pass: systems come back, and people mend credentials and bugs.
_HOPELESS = (BadInput, Conflict, NotFound)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a job is tried, and how long is waited: twice as long each time, up to a bound.

    The usual values give a system that is away between eight and twenty hours to come back.
    """

    attempts: int = 30
    first_wait_s: float = 5.0
    longest_wait_s: float = 3600.0


def next_wait_s(policy: RetryPolicy, error: BaseException, attempt: int, luck: float) -> float | None:
    """Seconds until the job is tried again after `attempt` (from 1) failed; None when it ends as a dead letter.

    luck: in [0, 1), spreads what failed together: between half of the wait and all of it ("equal jitter", M. Brooker,
    Exponential Backoff And Jitter, 2015). A job that our own stop cut off goes on at once, whatever its attempts.
    """
    if isinstance(error, asyncio.CancelledError):
        return 0.0
    if attempt >= policy.attempts or isinstance(error, _HOPELESS):
        return None
    doublings = min(attempt - 1, 32)  # more would only make a number too large for a float
    wait_s = min(policy.first_wait_s * 2.0**doublings, policy.longest_wait_s)
    return wait_s * (1 + luck) / 2


def describe(error: BaseException) -> str:
    """PII, for operators: a connector's error may quote data. Of errors outside our tree only the name is told."""
    return str(error) if isinstance(error, VoiceagentError) else type(error).__name__
