import os
import subprocess
import sys
from pathlib import Path

import pytest

from voiceagent.apps.embedded.layout import layout_of
from voiceagent.apps.embedded.process import SupervisorLock, is_running, wait_until
from voiceagent.apps.embedded.server import package_folder
from voiceagent.apps.embedded.service_user import ServiceUser, current_user
from voiceagent.core.errors import ConfigError


def test_socket_paths_fit_into_a_socket_address(tmp_path: Path) -> None:
    for state in (tmp_path / "s", tmp_path / ("long" * 30)):
        layout = layout_of(state, "redis")

        assert len(os.fsencode(layout.sockets / ".s.PGSQL.5432.lock")) < 108
        assert layout.sockets.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("state", [Path("/proc/voiceagent"), Path("/dev/null"), Path("/dev/null/below")])
def test_a_state_folder_that_cannot_be_made_is_told_with_a_remedy(state: Path) -> None:
    with pytest.raises(ConfigError, match=rf"{state} \(.*set VOICEAGENT_STATE_DIR to a folder"):
        layout_of(state, "redis")


def test_a_socket_folder_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    state = tmp_path / ("long" * 30)
    folder = layout_of(state, "redis").sockets
    folder.rmdir()
    folder.symlink_to(tmp_path)

    with pytest.raises(ConfigError, match="somebody else"):
        layout_of(state, "redis")
    folder.unlink()


def test_two_supervisors_cannot_hold_the_lock_at_once(tmp_path: Path) -> None:
    one, other = SupervisorLock(tmp_path / "lock"), SupervisorLock(tmp_path / "lock")

    assert one.acquire()
    assert one.acquire()
    assert not other.acquire()
    one.release()
    assert other.acquire()
    other.release()


def test_a_pid_of_another_program_is_not_ours() -> None:
    program = subprocess.Popen([sys.executable, "-c", "input()", "mark-of-ours"], stdin=subprocess.PIPE)
    try:
        assert wait_until(lambda: is_running(program.pid, "mark-of-ours"), 5.0)
        assert not is_running(program.pid, "another mark")
    finally:
        program.communicate()
    assert not is_running(program.pid, "mark-of-ours")


def test_who_does_not_switch_runs_the_command_as_it_is() -> None:
    assert current_user().command(["true"], reaching=()) == ["true"]


def test_a_service_user_passes_closed_folders_by_a_capability_only_where_it_must(tmp_path: Path) -> None:
    stranger = ServiceUser(name="stranger", uid=64_999, gid=64_999, switches=True)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    there = stranger.command(["true"], reaching=(closed / "data",))
    anywhere = stranger.command(["true"], reaching=(Path("/usr/bin"),))

    assert any(part.startswith("--ambient-caps=+dac_") for part in there)
    assert not any("caps" in part for part in anywhere)
    assert anywhere[-2:] == ["--", "true"]


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ConfigError, match="no_such_wheel"):
        package_folder("no_such_wheel")
