"""The event codec over every event type there is."""

import dataclasses
import json
import typing
from datetime import UTC

import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId, TenantId
from voiceagent.telephony import events as vocabulary
from voiceagent.telephony.event_codec import EVENT_TYPES, decode, encode, event_from_data, event_to_data
from voiceagent.telephony.events import CallEvent, CallStarted, Recorded

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=6,
)
_BY_TYPE = {
    str: st.text(st.characters(codec="utf-8"), max_size=20),
    int: st.integers(-1, 2**40),
    float: st.floats(allow_nan=False, allow_infinity=False, width=32),
    bool: st.booleans(),
}


def values_of(hint: object) -> st.SearchStrategy[object]:
    plain = getattr(hint, "__supertype__", hint)  # a NewType is its base at run time
    if typing.get_origin(plain) is dict:
        held = _BY_TYPE[int] if typing.get_args(plain)[1] is int else _json
        return st.dictionaries(st.text("abcdef", max_size=4), held, max_size=3)
    if plain in _BY_TYPE:
        return _BY_TYPE[plain]
    return st.sampled_from(plain)  # a StrEnum


def events_of(cls: type[CallEvent]) -> st.SearchStrategy[CallEvent]:
    hints = typing.get_type_hints(cls)
    fields = {field.name: values_of(hints[field.name]) for field in dataclasses.fields(cls)}
    return st.builds(cls, **fields)


any_event = st.one_of([events_of(cls) for cls in EVENT_TYPES.values()])
any_record = st.builds(
    Recorded,
    call_id=st.just(CallId("call_1")),
    tenant_id=st.just(TenantId("ten_1")),
    seq=st.integers(1, 10_000),
    at=st.datetimes(timezones=st.just(UTC)),
    event=any_event,
)


def event_classes() -> list[type[CallEvent]]:
    found = [cls for cls in vars(vocabulary).values() if isinstance(cls, type) and issubclass(cls, CallEvent)]
    return [cls for cls in found if cls is not CallEvent]


@given(any_record)
def test_whatever_is_recorded_comes_back_equal(recorded):
    line = encode(recorded)

    assert decode(line) == recorded
    assert b"\n" not in line


@given(any_event)
def test_an_event_is_json_ready_data(event):
    data = event_to_data(event)

    assert event_from_data(event.TYPE, json.loads(json.dumps(data))) == event


def test_every_event_class_has_a_name_of_its_own():
    names = [cls.TYPE for cls in event_classes()]

    assert all(names)
    assert len(set(names)) == len(names) == len(EVENT_TYPES)


@pytest.mark.parametrize("cls", event_classes(), ids=lambda cls: cls.TYPE)
def test_events_are_frozen_slotted_and_named_by_keywords(cls):
    parameters = cls.__dataclass_params__

    assert parameters.frozen
    assert "__slots__" in vars(cls)
    with pytest.raises(TypeError):
        cls("a positional value")


@given(event=any_event, extra=st.sampled_from(["colour", "x", "trunk2"]))
def test_a_field_of_a_newer_version_is_ignored(event, extra):
    data = {**event_to_data(event), extra: {"from": "the future"}}

    assert event_from_data(event.TYPE, data) == event


def test_a_field_of_a_newer_version_that_an_older_writer_left_out_gets_its_default():
    data = {"direction": "inbound", "transport": "sip", "caller": "+491", "callee": "+492"}

    assert event_from_data("call.started", data) == CallStarted(
        direction="inbound", transport="sip", caller="+491", callee="+492"
    )


def test_an_unknown_type_is_refused_by_name():
    with pytest.raises(BadInput, match=r"'call\.teleported'.*upgrade"):
        event_from_data("call.teleported", {})


@pytest.mark.parametrize("data", [{}, {"digit": 1, "at_ms": 2}, {"digit": "1", "at_ms": "late"}])
def test_malformed_data_is_refused_with_the_name_of_its_type(data):
    with pytest.raises(BadInput, match=r"leg\.dtmf_received"):
        event_from_data("leg.dtmf_received", data)


def test_python_names_never_reach_the_wire():
    for cls in event_classes():
        assert cls.__name__ not in cls.TYPE
        assert cls.TYPE.islower()
