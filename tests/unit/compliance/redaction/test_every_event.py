"""Whatever field of an event is marked as personal, a card's number in it does not survive."""

import dataclasses
import functools
import inspect
import json
import re
import typing

import pytest

from voiceagent.compliance.redaction.call import CallRedaction
from voiceagent.core.termination import Reason, Result
from voiceagent.telephony.event_codec import EVENT_TYPES, event_to_data
from voiceagent.telephony.events import CallEvent

_CARD = "4539 5787 6362 1486"
# From signalling, or given by the caller for the one purpose that it is kept for.
_KEPT = {("call.started", "caller"), ("call.refused", "source"), ("callback.requested", "number")}


@functools.cache
def marked() -> frozenset[tuple[str, str]]:
    """(event type, field) of every field that is marked PII."""
    pattern = re.compile(r"^    (\w+): [^#\n]*#.*PII", re.MULTILINE)
    return frozenset(
        (cls.TYPE, name) for cls in EVENT_TYPES.values() for name in pattern.findall(inspect.getsource(cls))
    )


def full_of_cards(cls: type[CallEvent]) -> CallEvent:
    hints = typing.get_type_hints(cls)
    values: dict[str, object] = {}
    for field in dataclasses.fields(cls):
        hint = getattr(hints[field.name], "__supertype__", hints[field.name])
        if typing.get_origin(hint) is dict:
            values[field.name] = (
                {} if field.name == "redactions" else {"said": _CARD, "nested": [{"deep": f"is {_CARD}"}]}
            )
        elif hint is str:
            values[field.name] = (
                _CARD if (cls.TYPE, field.name) in marked() or field.name in {"error", "detail"} else "reply"
            )
        else:
            values[field.name] = {Reason: Reason.INTERNAL, Result: Result.SERVER, bool: False}.get(hint, 1)
    return cls(**values)


@pytest.mark.parametrize("name", sorted({name for name, _ in marked()} | {"delegation.ended"}))
def test_a_cards_number_survives_in_no_field_that_is_marked(name: str) -> None:
    kept = event_to_data(CallRedaction().kept(full_of_cards(EVENT_TYPES[name])))

    for field, value in kept.items():
        if (name, field) not in _KEPT:
            assert "4539" not in json.dumps(value), field


def test_marked_fields_are_found() -> None:
    assert {("caller.said", "text"), ("tool.called", "result"), ("leg.dtmf_received", "digit")} <= marked()
