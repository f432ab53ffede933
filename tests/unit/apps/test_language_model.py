"""What the settings name has to be there before anything is started."""

import subprocess
import sys

import pytest

from voiceagent.apps.language_model import check_agent
from voiceagent.config.agent_settings import AgentSettings, McpServerSettings
from voiceagent.core.errors import ConfigError

_WITHOUT = """
import sys
for name in ("pydantic_ai", "mcp", "openai"):
    sys.modules[name] = None  # as if it were not installed
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: found(name, package) if sys.modules.get(name, 1) else None
import voiceagent.apps.background
from voiceagent.apps.language_model import check_agent
from voiceagent.config.agent_settings import AgentSettings, McpServerSettings
check_agent(AgentSettings())
for settings in (
    AgentSettings(model="small-1", base_url="http://127.0.0.1:9/v1"),
    AgentSettings(mcp=(McpServerSettings(name="desk", url="http://127.0.0.1:9/mcp"),)),
):
    try:
        check_agent(settings)
    except Exception as error:
        print(type(error).__name__, error)
"""


def test_without_the_extra_the_process_starts_and_says_what_to_install():
    done = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, timeout=50, check=True)

    assert done.stdout.splitlines() == [
        "ConfigError agent.model small-1 needs a package that is not installed: pip install 'voiceagent[llm]'",
        "ConfigError agent.mcp needs a package that is not installed: pip install 'voiceagent[llm]'",
    ]


def test_the_process_without_a_model_imports_nothing_of_it():
    code = "import sys, voiceagent.apps.background; print('pydantic_ai' in sys.modules, 'mcp' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=True)

    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    "settings",
    [
        AgentSettings(model="openai:gpt-5-mini", api_key_env="NOT_SET"),
        AgentSettings(mcp=(McpServerSettings(name="desk", url="http://127.0.0.1:9/mcp", token_env="NOT_SET"),)),
        AgentSettings(mcp=(McpServerSettings(name="desk", command=("desk",), env=("NOT_SET",)),)),
    ],
    ids=["key", "token", "environment"],
)
def test_a_secret_that_is_not_set_is_told_before_anything_starts(settings, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)

    with pytest.raises(ConfigError, match="set the environment variable NOT_SET"):
        check_agent(settings)
