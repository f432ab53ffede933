"""How a tool tells what it is at while it runs: a parameter annotated `Report`, filled by us like `Caller`.

@tool(name="stock.count", effect=Effect.READ, timeout_s=60)
async def count(item: str, report: Report) -> Stock:
    report("The warehouse is counting.", seconds_left=30)
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import Final

from voiceagent.background.tool_results import clean_text
from voiceagent.conversation.delegation import DelegationUpdate, Progress
from voiceagent.core.errors import UpstreamUnavailable

_MOST_WAITING: Final = 8  # nobody can be told more; of a chattier tool the newest are kept


class Report:
    """Never blocks and never fails: what cannot be told is not told. Made without a listener it does nothing."""

    def __init__(self, tell: Callable[[Progress], None] | None = None) -> None:
        self._tell = tell

    def __call__(self, text: str = "", *, seconds_left: float | None = None) -> None:
        """`text` may be spoken to the caller as it is; `seconds_left` is how long it will take from now."""
        known = seconds_left if seconds_left is not None and math.isfinite(seconds_left) else None
        if self._tell is not None and (text or known is not None):
            self._tell(Progress(text=clean_text(text), seconds_left=known))


async def with_reports(
    work: Callable[[Report], Awaitable[tuple[DelegationUpdate, ...]]],
) -> AsyncGenerator[DelegationUpdate]:
    """The reports of the work as they come, then its updates. Raises what it raises; closing this stops it."""
    told: asyncio.Queue[Progress | None] = asyncio.Queue(_MOST_WAITING)
    updates: tuple[DelegationUpdate, ...] = ()
    failure: Exception | None = None
    closed = False

    async def run() -> None:
        nonlocal updates, failure
        try:
            updates = await work(Report(partial(_tell, told)))
        except Exception as error:  # noqa: BLE001 - raised below, outside of the group that would wrap it
            failure = error
        except asyncio.CancelledError:
            failure = UpstreamUnavailable("the work was cut off")
            raise
        finally:
            _tell(told, None)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run())
        try:
            while (progress := await told.get()) is not None:
                yield progress
        except GeneratorExit:  # nobody listens any more; the group waits until the work has stopped
            closed = True
            running.cancel()
    if closed:
        return
    if failure is not None:
        raise failure
    for update in updates:
        yield update


def _tell(told: asyncio.Queue[Progress | None], progress: Progress | None) -> None:
    if told.full():
        told.get_nowait()
    told.put_nowait(progress)
