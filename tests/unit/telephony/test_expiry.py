"""What is left of events. Every field that may hold somebody's data belongs to a class, also in events to come."""

from dataclasses import fields
from typing import Any, get_type_hints

import pytest

from voiceagent.telephony import events as ev
from voiceagent.telephony.cdr import fold_all
from voiceagent.telephony.event_codec import EVENT_TYPES, Unrecognised, encode, event_from_data, event_to_data
from voiceagent.telephony.expiry import EMPTIED, emptied
from voiceagent.testing.sample_call import recorded, sample_events

ALL = frozenset("TXMC")
# Text that says how and which, by names of ours: nobody's data
HARMLESS = {
    "at_ms", "audio", "by", "callback_id", "channels", "codec", "corrects", "decision", "delegation_id", "direction",
    "effect", "field", "kind", "language", "leg_id", "method", "name", "outcome", "path", "profile", "prompt",
    "prompt_sha256", "proposal_id", "purpose", "question_sha256", "reason", "recording_id", "reference", "result",
    "sha256", "status", "target", "tool_call_id", "transport", "trunk", "utterance_id", "worker_id", "act",
    "campaign", "clip_id", "decision_id", "entry_id", "recording_mode", "rule", "rules", "rules_sha256", "words",
}  # fmt: skip
OURS = {
    ("call.started", "callee"),  # of a call to us
    ("call.ended", "detail"),
    ("leg.ended", "detail"),
    ("worker.lost", "detail"),
}


def emptied_fields(kind: type[ev.CallEvent]) -> set[str]:
    numbers = {ev.CallStarted: {"caller"}, ev.CallbackRequested: {"number"}}.get(kind, set())
    return {name for table in EMPTIED.values() for name in table.get(kind, {})} | numbers


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=lambda kind: kind.TYPE)
def test_every_field_with_words_or_numbers_expires(kind):
    hints = get_type_hints(kind)
    texts = {field.name for field in fields(kind) if hints[field.name] in (str, dict[str, Any])}

    unclassed = texts - HARMLESS - emptied_fields(kind) - {name for type_, name in OURS if type_ == kind.TYPE}

    assert unclassed == set(), "say in telephony/expiry.py with which class it expires, or here that it is nobody's"


def test_expired_words_leave_the_fold_as_it_was():
    log = recorded("call_1", sample_events())
    left = [
        type(one)(
            call_id=one.call_id,
            tenant_id=one.tenant_id,
            seq=one.seq,
            at=one.at,
            event=emptied(one.event, frozenset("TXC")),
        )
        for one in log
    ]

    assert fold_all(left) == fold_all(log)
    told = b"".join(encode(one) for one in left)
    assert all(words not in told for words in (b"where is my order", b"shipped", b"One moment"))


def test_what_has_expired_can_still_be_read_back():
    for one in recorded("call_1", sample_events()):
        event = emptied(one.event, ALL, lambda number: f"hmac:{len(number)}")

        assert event_from_data(event.TYPE, event_to_data(event)) == event


def test_nothing_expires_twice():
    for event in sample_events():
        once = emptied(event, ALL, lambda _: "hmac:1")

        assert emptied(once, ALL, lambda number: number) is once


@pytest.mark.parametrize(
    ("direction", "left"),
    [("inbound", ("name", "+15550100")), ("outbound", ("+4930123", "name")), ("", ("name", "+15550100"))],
)
def test_the_number_of_the_other_side_becomes_a_name(direction, left):
    start = ev.CallStarted(
        direction=direction, transport="sip", caller="+4930123", callee="+15550100", sip_call_id="a@x"
    )

    event = emptied(start, frozenset("M"), lambda _: "name")

    assert (event.caller, event.callee, event.sip_call_id) == (*left, "")


def test_an_event_of_a_newer_version_is_emptied_whole():
    newer = Unrecognised(type_name="call.teleported", data={"words": "hello"})

    assert emptied(newer, frozenset("X")).data == {}
    assert emptied(newer, frozenset("A")) is newer
