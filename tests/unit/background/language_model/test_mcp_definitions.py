"""What an MCP server says of its tools is cut down to what is understood."""

import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft202012Validator

from voiceagent.background.mcp_tools.definition import mcp_tool, tool_name
from voiceagent.background.tools import Effect
from voiceagent.core.errors import BadInput, ConfigError


async def nothing(_arguments):
    return {}


def made(schema, **changes):
    options = {"reads": False, "timeout_s": 5, "call": nothing} | changes
    return mcp_tool("desk.open", "Opens.", schema, **options)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("search", "desk.search"),
        ("Create Ticket", "desk.create_ticket"),
        ("createTicket", "desk.create_ticket"),
        ("2fa-reset", "desk.t_2fa_reset"),
        ("../../etc", "desk.etc"),
        ("\u202e", "desk.unnamed"),
    ],
)
def test_names_become_names_of_ours(theirs, ours):
    assert tool_name("desk", theirs) == ours


def test_a_tool_changes_something_unless_it_is_listed_as_a_read():
    assert made({}).effect is Effect.CONSEQUENTIAL
    assert made({}, reads=True).effect is Effect.READ
    assert not made({}).repeatable


def test_references_and_patterns_are_not_followed():
    schema = {
        "properties": {"a": {"$ref": "http://evil.example/x"}, "b": {"type": "string", "pattern": "(a+)+$"}},
        "$defs": {"x": {}},
    }

    assert made(schema).schema() == {
        "type": "object",
        "properties": {"a": {}, "b": {"type": "string"}},
        "additionalProperties": False,
    }


def test_arguments_that_are_not_told_of_are_refused():
    tool = made({"properties": {"a": {"type": "integer", "minimum": 1}}, "required": ["a"]})

    assert tool.validate({"a": 1}) == {"a": 1}
    assert tool.parameters == {"a"}
    for arguments in ({}, {"a": 0}, {"a": "1"}, {"a": 1, "b": 2}):
        with pytest.raises(BadInput, match="do not fit"):
            tool.validate(arguments)


def test_a_number_that_is_none_is_refused():
    with pytest.raises(BadInput, match="finite"):
        made({"properties": {"a": {"type": "number", "maximum": 50}}}).validate({"a": float("nan")})


def test_texts_in_a_schema_are_cleaned_and_short():
    schema = {"properties": {"a": {"type": "string", "description": "one\n\u202etwo " + "x" * 900}}}

    description = made(schema).schema()["properties"]["a"]["description"]

    assert description.startswith("one two xxx")
    assert len(description) == 400


def test_arguments_are_an_object_whatever_the_server_says():
    assert made({"type": "string"}).schema()["type"] == "object"


def test_a_schema_that_is_none_is_told():
    with pytest.raises(ConfigError, match=r"desk\.open"):
        made({"properties": {"a": {"enum": ["x"], "minLength": -1}}})


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)
_keys = ["type", "properties", "items", "anyOf", "enum", "required", "$ref", "pattern", "minimum", "description"]


@given(st.dictionaries(st.sampled_from(_keys), _json))
def test_whatever_a_server_says_becomes_a_schema_or_is_told(schema):
    try:
        known = made(schema).schema()
    except ConfigError:
        return

    Draft202012Validator.check_schema(known)
    assert known["type"] == "object"
    assert "$ref" not in str(sorted(known))
