import asyncio
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from voiceagent.apps.children import Children, ChildSpec
from voiceagent.apps.embedded.process import SupervisorLock
from voiceagent.apps.platform import start_platform
from voiceagent.config.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.core.errors import Conflict, Unavailable

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


def test_what_a_killed_supervisor_left_running_is_ended_and_nothing_else(tmp_path: Path) -> None:
    settings, run = tmp_path / "run" / "settings.json", tmp_path / "run"
    run.mkdir()
    waits = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen([*waits, str(settings)]) as ours, subprocess.Popen([*waits, "else"]) as theirs:
        for name, process in (("api-0", ours), ("worker-0", theirs)):  # the second pid was given to another program
            (run / f"{name}.ready").write_text(str(process.pid))
        reaping = threading.Thread(target=ours.wait)  # it is our child here, which init's it would be
        reaping.start()
        Children(tmp_path, settings, tmp_path / "logs", SystemClock()).end_left_over()
        reaping.join()

        assert ours.returncode is not None
        assert theirs.poll() is None
        assert list(run.glob("*.ready")) == []
        theirs.kill()


async def test_a_second_supervisor_of_a_state_folder_is_refused_before_it_touches_anything(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    first = SupervisorLock(tmp_path / "run" / "supervisor.lock")
    first.acquire()

    with pytest.raises(Conflict, match="runs already"):
        async with start_platform(Settings(state_dir=tmp_path)):
            pass
    first.release()

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["run", "supervisor.lock"]
