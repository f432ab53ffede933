"""Checkpoints as signed notes: C2SP tlog-checkpoint and signed-note, Ed25519.

    voiceagent/audit/default
    1041
    qE9fE1z4n5yR1rYyFjJx4QpPkd1kTqQOVk0v3sD0kaU=

    — voiceagent/audit/default 3kZ0…

Origin, number of entries, Merkle root; then who signed it. The key's name is the origin, as the specification advises.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from voiceagent.records.audit.merkle import HASH_BYTES

_ED25519: Final = b"\x01"  # signed-note's algorithm byte
_KEY_ID_BYTES: Final = 4
_BODY: Final = re.compile(r"(?P<origin>[^\s+]+)\n(?P<size>0|[1-9]\d{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n")
_SIGNATURE: Final = re.compile(r"— (?P<name>[^\s+]+) (?P<data>[A-Za-z0-9+/]+=*)\n")


class NotANote(ValueError):
    """The text is no checkpoint that we can read."""


class UnknownKey(ValueError):
    """Nobody whose key we know signed the checkpoint."""


class WrongSignature(ValueError):
    """A key that we know is named, but did not sign this text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The log `origin` had `size` entries, and `root` was the root over them."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The signed note, with its last newline."""
    body = checkpoint.body()
    data = _key_id(checkpoint.origin, key.public_key()) + key.sign(body.encode())
    return f"{body}\n— {checkpoint.origin} {base64.b64encode(data).decode()}\n"


def open_note(text: str, keys: Sequence[Ed25519PublicKey]) -> Checkpoint:
    """The checkpoint, when one of `keys` signed it. Raises NotANote, UnknownKey, WrongSignature.

    Signatures of others, such as witnesses, are passed over, as the specification asks for.
    """
    checkpoint, signatures = _parsed(text)
    known = {_key_id(checkpoint.origin, key): key for key in keys}
    for name, key_id, signature in signatures:
        if name == checkpoint.origin and key_id in known:
            try:
                known[key_id].verify(signature, checkpoint.body().encode())
            except InvalidSignature as error:
                raise WrongSignature(f"the signature over {checkpoint.size} entries is wrong") from error
            return checkpoint
    raise UnknownKey(f"the checkpoint over {checkpoint.size} entries is signed with no key that is known here")


def read_unverified(text: str) -> Checkpoint:
    """The checkpoint, whoever signed it or not. Raises NotANote."""
    return _parsed(text)[0]


def _parsed(text: str) -> tuple[Checkpoint, Sequence[tuple[str, bytes, bytes]]]:
    body, separator, rest = text.partition("\n\n")
    found, lines = _BODY.fullmatch(body + "\n"), rest.splitlines(keepends=True)
    signatures = [_SIGNATURE.fullmatch(line) for line in lines]
    if not separator or found is None or not lines:
        raise NotANote("this is no checkpoint: three lines, an empty one, and signatures")
    try:
        root = base64.b64decode(found["root"], validate=True)
        signed = [(one["name"], base64.b64decode(one["data"], validate=True)) for one in signatures if one is not None]
    except binascii.Error as error:
        raise NotANote("the checkpoint's base64 cannot be read") from error
    if len(root) != HASH_BYTES or len(signed) != len(signatures):
        raise NotANote("the checkpoint has a line that is no signature, or a root that is no hash")
    checkpoint = Checkpoint(origin=found["origin"], size=int(found["size"]), root=root)
    return checkpoint, [(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:]) for name, data in signed]


def _key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """signed-note: the first four bytes of SHA-256 over name, newline, algorithm and key."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:_KEY_ID_BYTES]
