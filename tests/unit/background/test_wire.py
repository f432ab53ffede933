"""Whatever can be said in a delegation survives the wire; anything else is refused."""

import pytest
from hypothesis import given, strategies as st

from voiceagent.background import wire
from voiceagent.background.wire import decode_package, decode_update, encode_package, encode_update
from voiceagent.conversation.delegation import (
    Commentary,
    DelegationPackage,
    DelegationUpdate,
    Instructions,
    Line,
    Thinking,
    ToolRan,
    WorkDone,
)
from voiceagent.core.errors import BadInput

_text = st.text(alphabet=st.characters(exclude_categories=("Cs",)))
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=8,
)
_data = st.dictionaries(_text, _json, max_size=4)
_updates = st.one_of(
    st.builds(Commentary, text=_text),
    st.builds(Thinking, text=_text),
    st.builds(Instructions, text=_text),
    st.builds(
        ToolRan,
        tool_call_id=_text,
        name=_text,
        arguments=_data,
        status=_text,
        result=_data,
        duration_ms=st.integers(0, 10**6),
        error=_text,
    ),
    st.builds(WorkDone, outcome=_text, detail=_text),
)
_lines = st.builds(Line, speaker=_text, text=_text, played=st.booleans())
_packages = st.builds(
    DelegationPackage,
    delegation_id=_text,
    call_id=_text,
    tenant_id=_text,
    profile=_text,
    profile_version=st.integers(0, 1000),
    caller=_text,
    intent=_text,
    slots=st.dictionaries(_text, _text, max_size=3),
    conversation=st.lists(_lines, max_size=3).map(tuple),
)


@given(_updates)
def test_an_update_survives_the_wire_as_one_line(update):
    line = encode_update(update)

    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode_update(line) == update


@given(_packages)
def test_a_package_survives_the_wire(package):
    assert decode_package(encode_package(package)) == package


def test_updates_are_told_apart_by_a_stable_type_name():
    assert encode_update(WorkDone(outcome="ok")) == b'{"type":"work_done","outcome":"ok","detail":""}\n'
    assert encode_update(Commentary(text="hi")) == b'{"type":"commentary","text":"hi"}\n'


def test_a_field_of_a_newer_version_is_ignored():
    assert decode_update(b'{"type":"thinking","text":"a","mood":"b"}') == Thinking(text="a")


@pytest.mark.parametrize(
    "line", [b"", b"[]", b'{"type":"song","text":"la"}', b'{"text":"a"}', b'{"type":"commentary"}', b"\xff{"]
)
def test_a_malformed_update_is_refused(line):
    with pytest.raises(BadInput, match="update is malformed"):
        decode_update(line)


@given(st.binary(max_size=60))
def test_junk_is_never_a_package(junk):
    with pytest.raises(BadInput, match="package is malformed"):
        decode_package(junk)


def test_every_kind_of_update_has_a_wire_form():
    assert set(wire._WIRE) == set(DelegationUpdate.__args__)
