"""Which model and which MCP servers: keys come from the environment, mistakes are told with their remedy."""

import pytest

from voiceagent.config.agent_settings import AgentSettings, McpServerSettings, mcp_environment, mcp_token, model_key
from voiceagent.config.settings import load_settings
from voiceagent.core.errors import ConfigError


def test_without_settings_there_is_no_model():
    assert load_settings().agent == AgentSettings()
    assert not AgentSettings().model


@pytest.mark.parametrize(
    ("settings", "environment", "key"),
    [
        ({"model": "openai:gpt-5-mini"}, {"OPENAI_API_KEY": "k1"}, "k1"),
        ({"model": "anthropic:claude-haiku-4-5"}, {"ANTHROPIC_API_KEY": "k2"}, "k2"),
        ({"model": "google:gemini-3-flash"}, {"GOOGLE_API_KEY": "k3"}, "k3"),
        ({"model": "openai:gpt-5-mini", "api_key_env": "MINE"}, {"MINE": "k4", "OPENAI_API_KEY": "k1"}, "k4"),
        ({"model": "qwen3", "base_url": "http://127.0.0.1:11434/v1"}, {"OPENAI_API_KEY": "k1"}, ""),
    ],
    ids=["openai", "anthropic", "google", "named", "own"],
)
def test_a_key_comes_from_the_environment(settings, environment, key):
    assert model_key(AgentSettings(**settings), environment) == key


def test_a_key_that_is_missing_is_named():
    with pytest.raises(ConfigError, match="set the environment variable OPENAI_API_KEY to the model's API key"):
        model_key(AgentSettings(model="openai:gpt-5-mini"), {})


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:4318/v1/traces",
        "ftp://127.0.0.1/v1/traces",
        "http://127.0.0.1:4318/",
        "http://127.0.0.1:99999/v1/traces",
        "http://x y/v1/traces",
        "http://me:sesame@collector/v1/traces",
        "http://collector/v1/traces?key=sesame",
    ],
)
def test_an_address_for_traces_that_is_none_or_holds_a_key_is_refused_and_not_repeated(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "voiceagent.yaml").write_text(f"agent: {{traces_url: '{url}'}}")

    with pytest.raises(ConfigError, match="traces_token_env names the variable") as told:
        load_settings()
    assert "sesame" not in str(told.value)


@pytest.mark.parametrize(
    ("agent", "problem"),
    [
        ({"model": "gpt-5"}, "is not like `provider:name`"),
        ({"model": "nobody:gpt-5"}, "is not like `provider:name`"),
        ({"base_url": "http://127.0.0.1/v1"}, "base_url needs a model"),
        ({"api_key": "sk-1"}, "unknown key 'api_key'"),
        ({"mcp": [{"name": "desk"}]}, "needs either `command` or `url`"),
        ({"mcp": [{"name": "desk", "command": ["a"], "url": "http://b"}]}, "needs either `command` or `url`"),
        ({"mcp": [{"name": "My Desk", "url": "http://b"}]}, "begins no tool name"),
        ({"mcp": [{"name": "desk", "url": "http://b"}, {"name": "desk", "url": "http://c"}]}, "rename one"),
    ],
)
def test_mistakes_are_told(agent, problem):
    with pytest.raises(ConfigError, match=problem):
        load_settings(agent=agent)


def test_an_mcp_server_is_given_only_what_it_names():
    server = McpServerSettings(name="desk", command=("desk",), env=("DESK_TOKEN",))

    assert mcp_environment(server, {"DESK_TOKEN": "t", "OPENAI_API_KEY": "k"}) == {"DESK_TOKEN": "t"}
    with pytest.raises(ConfigError, match="DESK_TOKEN"):
        mcp_environment(server, {})


def test_a_token_is_named_and_not_written_down():
    server = McpServerSettings(name="desk", url="http://127.0.0.1/mcp", token_env="DESK_TOKEN")

    assert mcp_token(server, {"DESK_TOKEN": "t"}) == "t"
    assert mcp_token(McpServerSettings(name="desk", url="http://127.0.0.1/mcp"), {}) == ""
    with pytest.raises(ConfigError, match="token of MCP server desk"):
        mcp_token(server, {})
