"""Settings of the language model that works on delegations, and of the MCP servers whose tools are offered."""

import os
import re
from collections.abc import Mapping
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from voiceagent.config.settings_part import SettingsPart
from voiceagent.core.errors import ConfigError

# Where each provider's key is looked for when `api_key_env` names nothing
_KEYS: Final = {
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openai-chat": "OPENAI_API_KEY",
}
_PLAIN: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")


class McpServerSettings(SettingsPart):
    """An MCP server: a `command` that speaks on its standard input and output, or the `url` of one that is running.

    A tool of it is called `<name>.<tool>`. It is taken for one that changes something unless `reads` lists it.
    """

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    token_env: str = ""  # names the variable with the bearer token of `url`
    env: tuple[str, ...] = ()  # variables of ours that `command` is given, beside PATH, HOME and their like
    reads: tuple[str, ...] = ()
    timeout_s: float = Field(5.0, gt=0, le=60)

    @field_validator("name")
    @classmethod
    def _begins_a_tool_name(cls, value: str) -> str:
        if not _PLAIN.fullmatch(value):
            raise ValueError(f"{value!r} begins no tool name; use lower case letters, digits and _, at most 32")
        return value

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError(f"MCP server {self.name} needs either `command` or `url`")
        return self


class AgentSettings(SettingsPart):
    """Which language model works on delegations of profiles that have an `agent`; none without `model`.

    model: `openai:...`, `anthropic:...`, `google:...`, or with `base_url` any name that this server knows.
    """

    model: str = ""
    base_url: str = ""  # of a server that speaks OpenAI's chat completions: http://127.0.0.1:11434/v1
    api_key_env: str = ""  # names the variable with the key; empty takes the provider's usual one
    turns: int = Field(6, ge=1, le=32)
    wishes: int = Field(12, ge=1, le=64)
    tokens: int = Field(40_000, ge=1000)
    answer_tokens: int = Field(1000, ge=50)
    seconds: float = Field(10.0, gt=0, le=25)  # the process gives a delegation 120
    request_seconds: float = Field(8.0, gt=0, le=25)
    mcp: tuple[McpServerSettings, ...] = ()
    traces_url: str = ""  # takes OpenTelemetry traces over HTTP: http://127.0.0.1:4318/v1/traces
    traces_token_env: str = ""  # names the variable with the bearer token of `traces_url`

    @field_validator("traces_url")
    @classmethod
    def _is_a_bare_address(cls, value: str) -> str:
        if value and not _is_bare(value):  # not repeated: it may hold a key
            raise ValueError(
                "traces_url is an address like http://127.0.0.1:4318/v1/traces, without a password or a query; "
                "traces_token_env names the variable of a token"
            )
        return value

    @model_validator(mode="after")
    def _names_a_provider(self) -> Self:
        if self.base_url and not self.model:
            raise ValueError("base_url needs a model: write the name that the server has for it")
        provider, colon, name = self.model.partition(":")
        if self.model and not self.base_url and (not colon or not name or provider not in _KEYS):
            known = ", ".join(sorted(_KEYS))
            raise ValueError(
                f"model {self.model!r} is not like `provider:name` with one of {known}; your own server needs base_url"
            )
        return self

    @field_validator("mcp")
    @classmethod
    def _servers_are_told_apart(cls, value: tuple[McpServerSettings, ...]) -> tuple[McpServerSettings, ...]:
        names = [server.name for server in value]
        if len(set(names)) < len(names):
            raise ValueError("two MCP servers have one name; rename one")
        return value


def _is_bare(url: str) -> bool:
    """An http address with host and path and nothing else."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.path not in {"", "/"} and port_fits
    return whole and not (parts.query or parts.fragment or "@" in parts.netloc or any(map(str.isspace, url)))


def traces_token(agent: AgentSettings, environment: Mapping[str, str] = os.environ) -> str:
    """The bearer token of the collector; "" when it needs none. Raises ConfigError."""
    variable = agent.traces_token_env
    return _secret(variable, "the token of the collector of traces", environment) if variable else ""


def model_key(agent: AgentSettings, environment: Mapping[str, str] = os.environ) -> str:
    """The key of the model's provider; "" for a server of one's own that needs none. Raises ConfigError."""
    variable = agent.api_key_env or ("" if agent.base_url else _KEYS[agent.model.partition(":")[0]])
    return _secret(variable, "the model's API key", environment) if variable else ""


def mcp_token(server: McpServerSettings, environment: Mapping[str, str] = os.environ) -> str:
    """The bearer token of an MCP server; "" when it needs none. Raises ConfigError."""
    return _secret(server.token_env, f"the token of MCP server {server.name}", environment) if server.token_env else ""


def mcp_environment(server: McpServerSettings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables that a server's command is given. Raises ConfigError for one that is not set."""
    return {name: _secret(name, f"what MCP server {server.name} needs", environment) for name in server.env}


def _secret(variable: str, what: str, environment: Mapping[str, str]) -> str:
    value = environment.get(variable, "")
    if not value:
        raise ConfigError(f"set the environment variable {variable} to {what}")
    return value
