"""Checkpoints on paper, against the C2SP specifications of notes and of checkpoints."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from voiceagent.records.audit.note import (
    Checkpoint,
    NotANote,
    UnknownKey,
    WrongSignature,
    open_note,
    read_unverified,
    sign,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
CHECKPOINT = Checkpoint(origin="voiceagent/audit/default", size=1041, root=bytes(range(32)))
NOTE = sign(CHECKPOINT, KEY)
KEYS = [KEY.public_key()]


def test_a_checkpoint_is_the_text_that_the_specification_asks_for() -> None:
    body, _, signature = NOTE.partition("\n\n")

    assert body == f"voiceagent/audit/default\n1041\n{base64.b64encode(bytes(range(32))).decode()}"
    dash, name, data = signature.split(" ")
    raw = base64.b64decode(data)
    public = KEY.public_key().public_bytes_raw()
    assert (dash, name, data[-1]) == ("—", "voiceagent/audit/default", "\n")
    assert raw[:4] == hashlib.sha256(b"voiceagent/audit/default\n\x01" + public).digest()[:4]
    KEY.public_key().verify(raw[4:], f"{body}\n".encode())


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_read_again(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin="voiceagent/audit/a%20b", size=size, root=root)

    assert open_note(sign(checkpoint, KEY), [OTHER.public_key(), *KEYS]) == checkpoint


def test_signatures_of_witnesses_are_passed_over() -> None:
    witness = "— witness.example " + base64.b64encode(b"abcd" + bytes(72)).decode() + "\n"

    assert open_note(NOTE + witness, KEYS) == CHECKPOINT


def test_a_note_that_nobody_known_signed_is_told_apart() -> None:
    with pytest.raises(UnknownKey):
        open_note(NOTE, [OTHER.public_key()])


@given(st.integers(0, len(NOTE) - 1), st.characters(max_codepoint=0x2100))
def test_no_changed_note_is_taken_for_another(place: int, character: str) -> None:
    changed = NOTE[:place] + character + NOTE[place + 1 :]

    try:
        opened = open_note(changed, KEYS)
    except (NotANote, UnknownKey, WrongSignature):
        return
    assert opened == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        NOTE.partition("\n\n")[0] + "\n",
        NOTE.replace("1041", "01041"),
        NOTE.replace("1041", "-1"),
        NOTE.replace("\n\n", "\n"),
        NOTE + "more",
        NOTE[:-1],
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NotANote):
        read_unverified(text)
