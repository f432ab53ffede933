"""The key that signs checkpoints of the audit log, apart from every credential of a database.

`<state>/audit/signing.key` is made at first start, for its owner only. `signing.pub` beside it is for whoever verifies:
keep a copy elsewhere. It keeps the keys of before, so that a new signing key does not make old checkpoints unknown.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from voiceagent.core.errors import ConfigError
from voiceagent.records.owner_file import check_nobody_else_reads, make_once

_END: Final = b"-----END PUBLIC KEY-----\n"


def anchors_folder(state: Path) -> Path:
    """Where checkpoints are kept outside of the database."""
    return state / "anchors"


def public_keys_file(state: Path) -> Path:
    return state / "audit" / "signing.pub"


def public_keys(state: Path) -> bytes:
    """The public keys as the file has them; b"" when there is none yet. Raises OSError."""
    path = public_keys_file(state)
    return path.read_bytes() if path.exists() else b""


def load_or_make_signing_key(state: Path) -> Ed25519PrivateKey:
    """The key of this installation. Raises ConfigError for a file that others can read or that is damaged."""
    path = state / "audit" / "signing.key"
    if not path.exists():
        _make(path, public_keys_file(state))
    check_nobody_else_reads(path, "and have a new key made if they did")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise ConfigError(f"{path} is damaged; move it away to have a new key made at the next start") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{path} is no Ed25519 key; move it away to have one made at the next start")
    return key


def load_public_keys(path: Path) -> Sequence[Ed25519PublicKey]:
    """All keys of a file of PEM blocks. Raises ConfigError."""
    try:
        blocks = path.read_bytes().split(_END)[:-1]
        keys = [load_pem_public_key(block + _END) for block in blocks]
    except (OSError, ValueError) as error:
        raise ConfigError(f"no public keys can be read from {path}: {error}") from error
    found = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not found or len(found) != len(keys):
        raise ConfigError(f"{path} holds no Ed25519 public keys; give the signing.pub of the installation")
    return found


def _make(path: Path, public: Path) -> None:
    key = Ed25519PrivateKey.generate()
    public.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # First: a key that is in use is in this file, whatever happens in between
    with os.fdopen(os.open(public, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), "ab") as file:
        file.write(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    make_once(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
