import json
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given, settings, strategies as st

from voiceagent.compliance.erasure.receipt import signed_receipt, tombstones_sha256, verify_receipt
from voiceagent.compliance.signing_identity import SigningIdentity, new_identity
from voiceagent.compliance.vcon.signing import Signer
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import BadInput
from voiceagent.records.erasure_values import ErasureRequest, Fate, FateCount, IdentityCheck, Step, Tombstone

NOW = datetime(2030, 1, 2, tzinfo=UTC)
REQUEST = ErasureRequest(
    id="erq_1",
    state="running",
    step=Step.VERIFY,
    identity_check=IdentityCheck.DOCUMENT,
    received_at=NOW,
    due_at=NOW,
    asked_by="key_1",
    asked_at=NOW,
    approved_by="key_2",
    approved_at=NOW,
    completed_at=None,
    receipt="",
    receipt_sha256="",
    sealed=None,
)
STONE = Tombstone(
    tenant_id="ten_a",
    request_id="erq_1",
    call_id="call_1",
    content_class=ContentClass.AUDIO,
    at=NOW,
    method="shred_and_delete",
)


@cache
def identity() -> SigningIdentity:
    return new_identity("voiceagent", NOW)


def count(letter: ContentClass, fate: Fate, reason: str) -> FateCount:
    return FateCount(content_class=letter, fate=fate, reason=reason, source="", until=None, items=3)


@cache
def receipt() -> bytes:
    counts = [
        count(ContentClass.AUDIO, Fate.ERASED, "subject_erasure"),
        count(ContentClass.TRANSCRIPT, Fate.RESTRICTED, "legal_hold"),
        count(ContentClass.METADATA, Fate.ERASED, "subject_erasure"),
    ]
    return signed_receipt(REQUEST, "ten_a", counts, [STONE], identity(), version="0", now=NOW)


def test_T_ER_4_a_receipt_says_what_went_how_and_what_was_kept_and_why():
    good = verify_receipt(receipt())

    assert good.fingerprint == identity().fingerprint
    assert good.content["calls"] == 3
    assert good.content["erased"] == [
        {"class": "audio", "calls": 3, "method": "shred_and_delete"},
        {"class": "metadata", "calls": 3, "method": "pseudonymise"},
    ]
    assert [(one["class"], one["reason"], one["readable"]) for one in good.content["kept"]] == [
        ("transcript", "legal_hold", False)
    ]
    assert good.content["complete"] is False
    assert good.content["goes_on"][0].startswith("a wish not to be called")


def test_a_receipt_of_a_search_that_found_nothing_says_so():
    found = signed_receipt(REQUEST, "ten_a", [], [], identity(), version="0", now=NOW)

    assert verify_receipt(found).content["calls"] == 0


@given(st.data())
@settings(max_examples=60)
def test_T_ER_4_a_receipt_that_was_changed_anywhere_is_refused(data):
    place = data.draw(st.integers(0, len(receipt()) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != receipt()[place]))

    with pytest.raises(BadInput):
        verify_receipt(receipt()[:place] + bytes([other]) + receipt()[place + 1 :])


@pytest.mark.parametrize("content", [b"{}", b"[]", b"no json", json.dumps({"kind": "voiceagent.export"}).encode()])
def test_something_else_that_was_signed_is_no_receipt(content):
    with pytest.raises(BadInput, match="no receipt"):
        verify_receipt(Signer(identity()).sign(content, "application/json"))


def test_the_receipt_is_about_these_tombstones_in_whatever_order():
    from dataclasses import replace

    other = replace(STONE, call_id="call_2")

    assert tombstones_sha256([STONE, other]) == tombstones_sha256([other, STONE]) != tombstones_sha256([STONE])
