"""The command line as a newcomer meets it."""

import json
import os
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("voiceagent")
COMMANDS = ("demo", "up", "doctor", "migrate", "call", "tail", "audit", "bench")


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


FREE = {f"VOICEAGENT_{part}__PORT": "0" for part in ("SIP", "WEBRTC", "API", "BACKGROUND", "WORKER")}


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict]:
    return {finding["what"]: finding for finding in json.loads(done.stdout)}


def test_help_names_every_command_and_loads_nothing_heavy(tmp_path):
    done = run(tmp_path, "--help", PYTHONPROFILEIMPORTTIME="1")

    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in loaded  # the list is that of the imports
    assert not loaded & {"torch", "numpy", "pjsua2", "sqlalchemy", "fastapi", "redis", "aiortc"}


def test_doctor_finds_nothing_wrong_with_a_good_configuration(tmp_path):
    done = run(tmp_path, "doctor", "--json", **FREE)

    assert [finding for finding in findings(done).values() if not finding["ok"]] == []
    assert done.returncode == 0
    assert findings(done)["agent profiles"]["found"] == "orders"


def test_doctor_says_what_is_wrong_and_what_to_do(tmp_path):
    (tmp_path / "agent.yaml").write_text("name: broken\n")
    (tmp_path / "voiceagent.yaml").write_text(
        "profiles: [agent.yaml]\n"
        "database_url: postgresql://nobody@127.0.0.1:1/nothing\n"
        "redis_url: redis://127.0.0.1:1/0\n"
        "trunks:\n"
        "  - {name: carrier, allow: [192.0.2.0/24], username: carrier, password_env: NO_SUCH_VARIABLE}\n"
    )

    done = run(tmp_path, "doctor", "--json", **FREE)

    wrong = {what: finding["remedy"] for what, finding in findings(done).items() if not finding["ok"]}
    assert done.returncode == 1
    assert set(wrong) == {"postgres", "redis", "agent profiles", "trunk carrier"}
    assert "VOICEAGENT_DATABASE_URL" in wrong["postgres"]
    assert "VOICEAGENT_REDIS_URL" in wrong["redis"]
    assert "NO_SUCH_VARIABLE" in wrong["trunk carrier"]
    assert "agent.yaml:1" in wrong["agent profiles"]


def test_a_wrong_setting_is_named_and_not_a_traceback(tmp_path):
    (tmp_path / "voiceagent.yaml").write_text("sip: {lines: 0}\nunknown_thing: 1\n")

    done = run(tmp_path, "up")

    assert done.returncode == 1
    assert "sip.lines" in done.stderr
    assert "unknown_thing" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_mistake_in_an_agent_profile_is_told_with_its_line_and_a_remedy(tmp_path):
    (tmp_path / "agent.yaml").write_text(
        "name: clinic\n"  # line 1
        "company: Clinic\n"
        "opening:\n"  # 3
        "  disclosure: ''\n"  # 4: empty
        "  notice: This call may be recorded.\n"
        "  question: May we?\n"
        "  thanks_granted: Thanks.\n"
        "  thanks_denied: Fine.\n"
        "  'yes': ['yes']\n"
        "  'no': ['no']\n"
        "  concent: explicit\n"  # 11: a typing error
        "greeting: Hello.\n"
        "intents:\n"
        "  book:\n"
        "    phrases: ['book {day}']\n"  # 15: no such slot
        "    say: Done.\n"
        "fallback: [Sorry.]\n"
        "apology: Sorry.\n"
        "unreachable: Sorry.\n"
        "knobs: {patience: 7}\n"  # 20: out of range
    )
    (tmp_path / "voiceagent.yaml").write_text("profiles: [agent.yaml]\n")

    done = run(tmp_path, "up", **FREE)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    told = {
        int(line.split("agent.yaml:")[1].split(":")[0]): line
        for line in done.stderr.splitlines()
        if "agent.yaml:" in line
    }
    assert set(told) == {4, 11, 15, 20}
    assert "disclosure" in told[4]
    assert "consent" in told[11]  # the name that was meant
    assert "day" in told[15]
    assert "patience" in told[20]
