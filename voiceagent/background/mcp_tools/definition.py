"""A tool of an MCP server as one of ours. Pure.

What the server says about its tools is the word of a stranger: names, descriptions and schemas are cut down to what is
understood, and what a tool does to the world only the settings can say.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from voiceagent.background.tool_results import clean_text, json_ready
from voiceagent.background.tools import Effect, Tool
from voiceagent.core.errors import BadInput, ConfigError

_DEEPEST: Final = 6
# Without references, which could lead out of the schema, and without patterns, which could take for ever
_NUMBERS: Final = frozenset({"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"})
_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})
_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9_]+")

CallOutside = Callable[[dict[str, Any]], Awaitable[Mapping[str, Any]]]


class _Nothing(msgspec.Struct, frozen=True):
    """Arguments are checked by their JSON Schema instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpTool(Tool):
    """A tool whose arguments are told by a JSON Schema."""

    input_schema: dict[str, Any]

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset(self.input_schema["properties"])

    def schema(self) -> dict[str, Any]:
        return self.input_schema

    def validate(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as they are, if they fit. Raises BadInput."""
        given = json_ready(arguments)
        try:
            Draft202012Validator(self.input_schema).validate(given)
        except ValidationError as error:
            raise BadInput(f"arguments of {self.name} do not fit: {clean_text(error.message)}") from error
        return given


def mcp_tool(
    name: str, description: str, schema: Mapping[str, Any], *, reads: bool, timeout_s: float, call: CallOutside
) -> McpTool:
    """`name` is ours, `<server>.<tool>`; `call` is given the arguments. Raises ConfigError for a broken schema."""
    known = {"properties": {}, **_understood(schema, 0), "type": "object", "additionalProperties": False}
    try:
        Draft202012Validator.check_schema(known)
    except SchemaError as error:
        raise ConfigError(f"MCP tool {name} has a schema that is none: {error.message}") from error

    async def function(**arguments: Any) -> Mapping[str, Any]:
        return await call(arguments)

    return McpTool(
        name=name,
        effect=Effect.READ if reads else Effect.CONSEQUENTIAL,
        timeout_s=timeout_s,
        description=clean_text(description),
        arguments_type=_Nothing,
        caller_parameter="",
        key_parameter="",
        report_parameter="",
        result_fields=frozenset(),
        function=function,
        input_schema=known,
    )


def tool_name(server: str, tool: str) -> str:
    """`Create Ticket` of server `desk` is `desk.create_ticket`."""
    return f"{server}.t_{plain}" if (plain := _plain(tool))[:1].isdigit() else f"{server}.{plain}"


def _plain(tool: str) -> str:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", tool[:64]).lower()
    return _NOT_IN_A_NAME.sub("_", snake).strip("_") or "unnamed"


def _understood(schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """The keywords that are known, with texts cleaned; what is deeper than anybody can say is left to the server."""
    if depth > _DEEPEST:
        return {}
    kept: dict[str, Any] = {key: value for key, value in schema.items() if key in _NUMBERS and _is_count(value)}
    types = schema.get("type")
    if isinstance(types, str) and types in _TYPES:
        kept["type"] = types
    if isinstance(schema.get("description"), str):
        kept["description"] = clean_text(schema["description"])
    if isinstance(schema.get("enum"), list):
        kept["enum"] = [clean_text(one) if isinstance(one, str) else one for one in schema["enum"][:50]]
    if isinstance(schema.get("required"), list):
        kept["required"] = [one for one in schema["required"] if isinstance(one, str)]
    if isinstance(schema.get("properties"), dict):
        kept["properties"] = {
            clean_text(str(name)): _understood(one, depth + 1)
            for name, one in schema["properties"].items()
            if isinstance(one, dict)
        }
    if isinstance(schema.get("items"), dict):
        kept["items"] = _understood(schema["items"], depth + 1)
    if isinstance(schema.get("anyOf"), list):
        kept["anyOf"] = [_understood(one, depth + 1) for one in schema["anyOf"] if isinstance(one, dict)]
    return kept


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
