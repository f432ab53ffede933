"""`voiceagent --help` answers at once: nothing heavy is imported before a command asks for it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_HEAVY = ("torch", "pjsua2", "aiortc", "av", "sqlalchemy", "pocketsphinx", "onnxruntime")


def _entry() -> str:
    """The command line's module, or the package while there is none."""
    return "voiceagent.cli.main" if importlib.util.find_spec("voiceagent.cli.main") else "voiceagent"


def test_the_command_line_imports_nothing_heavy():
    code = f"import sys, {_entry()}; print(*sorted(set({_HEAVY!r}) & set(sys.modules)))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )

    assert done.stdout.split() == []
