"""The import contracts of pyproject.toml hold, and they can fail."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def lint(folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), str(folder / "integrations")])
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", config, "--no-cache"],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_imports_point_down_and_each_library_has_one_door():
    done = lint(_ROOT, _ROOT / "pyproject.toml")

    assert done.returncode == 0, done.stdout + done.stderr


_BAD = {
    "core/upward.py": "import voiceagent.session.upward",
    "session/upward.py": "",
    "conversation/clock.py": "import time",
    "background/door_torch.py": "import torch",
    "worker/door_pjsua2.py": "import pjsua2",
    "gateways/sip/door_aiortc.py": "import aiortc",
    "session/door_redis.py": "import redis",
    "api/door_sqlalchemy.py": "import sqlalchemy",
    "worker/door_recognisers.py": "import sherpa_onnx",
    "background/door_language_models.py": "import pydantic_ai",
    "session/door_traces.py": "import opentelemetry",
    "control/door_aws.py": "import boto3",
    "apps/door_presidio.py": "import presidio_analyzer",
    "session/door_signatures.py": "import joserfc",
    "session/door_web.py": "import fastapi",
    "unplaced/__init__.py": "",
    "interaction/model/above.py": "import voiceagent.interaction.engine.here",
    "interaction/engine/here.py": "",
    "apps/finds.py": "import voiceagent_integrations.one.here",
    "gateways/sip/other.py": "import voiceagent.gateways.webrtc.here",
    "gateways/webrtc/here.py": "",
    "audio/a.py": "import voiceagent.audio.b",
    "audio/b.py": "import voiceagent.audio.a",
}
_BAD_INTEGRATIONS = {
    "one/here.py": "import voiceagent.session.upward",
    "two/here.py": "import voiceagent_integrations.one.here",
    "three/here.py": "import httpx",
}


@pytest.fixture(scope="module")
def broken_tree(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says about a tree that breaks every contract."""
    folder = tmp_path_factory.mktemp("tree")
    # Every module of the real tree, but empty: contracts name modules that must exist.
    real = [path for top in ("voiceagent", "integrations") for path in (_ROOT / top).rglob("*.py")]
    files = {str(path.relative_to(_ROOT)): "" for path in real}
    files |= {f"voiceagent/{name}": text for name, text in _BAD.items()}
    files |= {f"integrations/voiceagent_integrations/{name}": text for name, text in _BAD_INTEGRATIONS.items()}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for parent in path.relative_to(folder).parents:
            if parent.parts and parent != Path("integrations"):
                (folder / parent / "__init__.py").touch()
    return lint(folder, _ROOT / "pyproject.toml").stdout


def _contracts() -> list[str]:
    config = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return [contract["name"] for contract in config["contracts"]]


@pytest.mark.parametrize("name", _contracts())
def test_every_contract_can_fail(broken_tree, name):
    assert f"{name} BROKEN" in broken_tree
