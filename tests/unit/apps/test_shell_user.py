import os
import subprocess

from voiceagent.apps.shell_user import shell_user

_UNKNOWN = 54_321


def test_whoever_has_a_name_is_called_by_it(monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody_else")

    assert shell_user() == subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


def test_a_user_without_a_name_is_a_number(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: _UNKNOWN)

    assert shell_user() == f"uid {_UNKNOWN}"
