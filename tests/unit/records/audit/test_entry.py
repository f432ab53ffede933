import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given, strategies as st
from msgspec.structs import replace

from voiceagent.records.audit.act import Act, Actor
from voiceagent.records.audit.entry import NO_ENTRY, AuditEntry, canonical, canonical_details, commitment

ENTRY = AuditEntry(
    tenant_id="ten_a",
    seq=7,
    at=datetime(2030, 1, 1, 12, 0, 0, 5, tzinfo=UTC),
    actor_kind="api_key",
    actor_id="key_1",
    actor_auth="bearer",
    action="recording.read",
    object_kind="recording",
    object_id="call_1",
    purpose="",
    result="ok",
    reason="",
    request_id="req_1",
    commitment=bytes(range(32)),
    prev=NO_ENTRY,
)
KEY = Actor(kind="api_key", id="key_1")


def test_an_entry_is_hashed_as_the_text_that_anybody_can_write_down() -> None:
    text = (
        '{"action":"recording.read","actor":{"auth":"bearer","id":"key_1","type":"api_key"},'
        f'"commit":"{bytes(range(32)).hex()}","log":"voiceagent/audit/ten_a",'
        f'"object":{{"id":"call_1","type":"recording"}},"prev":"{"0" * 64}","req_id":"req_1","result":"ok",'
        '"seq":7,"tenant":"ten_a","ts":"2030-01-01T12:00:00.000005Z","v":1}'
    )

    assert canonical(ENTRY.record()).decode() == text
    assert ENTRY.leaf() == hashlib.sha256(b"\x00" + text.encode()).digest()


def test_a_moment_is_the_same_in_every_zone() -> None:
    elsewhere = replace(ENTRY, at=ENTRY.at.astimezone(timezone(timedelta(hours=5))))

    assert elsewhere.leaf() == ENTRY.leaf()


_text = st.text(max_size=12)
_names = st.text(st.characters(max_codepoint=0x7F), max_size=4)
_scalars = _text | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none()
_values = _scalars | st.dictionaries(_names, _scalars, max_size=3)


@given(st.dictionaries(_names, _values, max_size=5))
def test_entries_are_canonicalised_as_by_the_reference_library(record: dict[str, object]) -> None:
    assert canonical(record) == rfc8785.dumps(record)


def test_every_text_of_one_character_is_canonicalised_as_by_the_reference_library() -> None:
    texts = [chr(code) for code in (*range(0x100), 0x2028, 0xD7FF, 0xE000, 0xFFFF, 0x1F600)]

    assert canonical({"texts": texts}) == rfc8785.dumps({"texts": texts})


def test_every_field_of_an_entry_changes_its_hash() -> None:
    changed = {
        name: replace(ENTRY, **{name: value})
        for name, value in {
            **{name: "x" for name in AuditEntry.__struct_fields__ if isinstance(getattr(ENTRY, name), str)},
            "seq": 8,
            "at": ENTRY.at + timedelta(microseconds=1),
            "commitment": NO_ENTRY,
            "prev": bytes(range(32)),
        }.items()
    }

    assert set(changed) == set(AuditEntry.__struct_fields__)
    assert len({entry.leaf() for entry in changed.values()} | {ENTRY.leaf()}) == len(changed) + 1


def test_a_commitment_tells_nothing_without_its_salt() -> None:
    details = canonical_details({"number": "+15550001", "at": 1.5})

    assert details == '{"at":1.5,"number":"+15550001"}'
    assert commitment(b"one", details) != commitment(b"two", details)
    assert commitment(b"one", details) == hashlib.sha256(b"one" + details.encode()).digest()


@pytest.mark.parametrize("personal", ["+15550100", "15550100123", "1555.010-0123", "ann@example.org", "Ann Smith"])
def test_what_may_be_about_a_person_is_no_id(personal: str) -> None:
    with pytest.raises(ValueError, match="belong into its details"):
        Act(action="recording.read", actor=KEY, object_kind="recording", object_id=personal)
    with pytest.raises(ValueError, match="belong into its details"):
        Actor(kind="operator", id=personal)


@pytest.mark.parametrize("field", ["action", "object_kind", "result", "purpose", "reason"])
def test_free_text_is_no_code(field: str) -> None:
    with pytest.raises(ValueError, match="belongs into its details"):
        Act(**{"action": "recording.read", "actor": KEY, field: "Because Ann asked"})


def test_an_act_has_an_action() -> None:
    with pytest.raises(ValueError, match="has an action"):
        Act(action="", actor=KEY)
