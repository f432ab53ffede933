import asyncio
import shutil
from pathlib import Path

import pytest

from voiceagent.apps.children import Children, ChildSpec
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import Unavailable

ENDS_AT_ONCE = ChildSpec(module="free_ports")  # a module without a main: its process is over when it was imported


async def test_a_child_that_cannot_be_made_now_is_made_later(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    children = Children(tmp_path, tmp_path / "settings.json", logs, SystemClock(), retry_s=0.01)
    with pytest.raises(ExceptionGroup) as caught:
        await children.start([ENDS_AT_ONCE], 10.0, lambda _: None)
    assert caught.group_contains(Unavailable, match="ended before it was ready")

    shutil.rmtree(logs)  # no log can be opened, so no process can be made
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(children.watch())
        while children.restarts(ENDS_AT_ONCE.name) == 0:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert not watching.done()
        logs.mkdir()
        while children.pid(ENDS_AT_ONCE.name) is None:
            await asyncio.sleep(0.01)
        await children.stop(5.0)
        watching.cancel()
