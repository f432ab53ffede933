"""SIGTERM to `voiceagent up`: running calls get a moment, then they are ended, and all of it is on record."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.harness.callers import GREETING, HANG_UP, OPENING, RECORDED, UNTIL_END, YES_ALOUD, Caller
from tests.acceptance.harness.installation import BRIEF, settings_for, wait_until
from voiceagent.apps.embedded.postgres import EmbeddedPostgres
from voiceagent.config.settings import settings_to_file

pytestmark = pytest.mark.timeout(150)

COMMAND = Path(sys.executable).with_name("voiceagent")


@pytest.fixture
def up(tmp_path):
    """`voiceagent up`, as an operator starts it."""
    settings_to_file(settings_for(tmp_path), tmp_path / "voiceagent.yaml")  # JSON is YAML
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen([COMMAND, "up"], cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
    yield process
    if process.poll() is None:  # the test has failed: its house ends as it should, so that nothing is left behind
        process.terminate()
        process.wait(60)


def events_in_records(state: Path) -> dict[str, list[tuple[int, str, dict]]]:
    """SIP Call-ID -> the call's log."""
    server = EmbeddedPostgres(state)
    server.start()
    try:
        with psycopg.connect(server.url) as connection:
            rows = connection.execute(
                "select c.sip_call_id, e.seq, e.type, e.data from call_events e join calls c using (call_id)"
                " order by c.call_id, e.seq"
            ).fetchall()
    finally:
        server.stop()
    logs: dict[str, list[tuple[int, str, dict]]] = {}
    for sip_call_id, *event in rows:
        logs.setdefault(sip_call_id, []).append(tuple(event))
    return logs


def test_sigterm_lets_calls_finish_ends_the_others_and_records_all(up, tmp_path):
    state = tmp_path / "state"
    wait_until(lambda: b"Ctrl-C ends" in (tmp_path / "up.log").read_bytes() or up.poll() is not None, 60, "it runs")
    assert up.poll() is None, (tmp_path / "up.log").read_text()
    settings = json.loads((state / "run" / "settings.json").read_text())
    uri = f"sip:{BRIEF}@127.0.0.1:{settings['sip']['port']}"
    stays = Caller(uri, (OPENING, YES_ALOUD, UNTIL_END), tmp_path / "stays", voice=RECORDED)
    leaves = Caller(uri, (OPENING, YES_ALOUD, GREETING, HANG_UP), tmp_path / "leaves", voice=RECORDED)
    stays.said(1)
    leaves.said(1)

    up.send_signal(signal.SIGTERM)

    stayed, left = stays.finish(), leaves.finish()
    assert up.wait(60) == 0
    logs = events_in_records(state)
    assert stayed.report.ended_by == "agent"
    for back, result, reason in ((stayed, "server", "shutdown"), (left, "success", "caller_hung_up")):
        log = logs[back.report.sip_call_id]
        assert [seq for seq, _, _ in log] == list(range(1, len(log) + 1))
        assert log[-1][1] == "call.ended"
        assert (log[-1][2]["result"], log[-1][2]["reason"]) == (result, reason)
        assert "recording.sealed" in [kind for _, kind, _ in log]
    assert not any(running_under(state))


def test_ctrl_c_while_it_starts_ends_what_has_been_started(up, tmp_path):
    log = tmp_path / "up.log"
    wait_until(lambda: b"jobs-0 is ready" in log.read_bytes() or up.poll() is not None, 60, "it starts")

    os.killpg(up.pid, signal.SIGINT)  # as a terminal does: everything in its foreground gets the signal

    assert up.wait(60) == 1
    assert b"Aborted" in log.read_bytes()
    assert b"Ctrl-C ends" not in log.read_bytes()
    assert b"Traceback" not in log.read_bytes()
    assert not any(running_under(tmp_path / "state"))


def running_under(state: Path) -> list[str]:
    """Command lines of processes that still work on this state folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if os.fsencode(state) in line:
                found.append(line.replace(b"\0", b" ").decode())
    return found
