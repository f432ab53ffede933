"""Entering an opt-out while its call lasts: the call waits for the commit, but not for longer than one can take."""

import asyncio
from typing import Final

import structlog

from voiceagent.core.errors import VoiceagentError
from voiceagent.session.parts import SessionParts
from voiceagent.telephony.events import OptedOut

_log = structlog.get_logger(__name__)
_COMMIT_S: Final = 3.0
_FLUSH_S: Final = 2.0
LAST_WORD_S: Final = 0.7  # with the commit before it the call is over within a second (47 CFR 64.1200(b)(3))


async def enter_opt_out(parts: SessionParts, opted_out: OptedOut) -> None:
    """Returns when it is committed, or can wait for that no longer.

    It stands in the call's log in any case, from which the records writer enters it before the end of the call; until
    then nobody calls the number.
    """
    try:
        async with asyncio.timeout(_COMMIT_S):
            if parts.opt_outs is not None:
                await parts.opt_outs.enter(opted_out)
    except (VoiceagentError, TimeoutError) as error:
        flushed = await parts.journal.flush(_FLUSH_S)
        _log.error("opt-out not committed in time, the log holds it", flushed=flushed, error=type(error).__name__)
