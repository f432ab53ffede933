"""Who stands behind a pack: detached Ed25519 signatures (RFC 8032) over the file's bytes, with keys in PEM.

`openssl genpkey -algorithm ed25519 -out counsel.key; openssl pkey -in counsel.key -pubout -out counsel.pub`
"""

import base64
import binascii
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from voiceagent.core.errors import ConfigError

_CONTEXT: Final = b"voiceagent rule pack v1\n"  # so that a signature of something else is never one of a pack
SIGNATURE_SUFFIX: Final = ".sig"


def read_private_key(pem: bytes) -> Ed25519PrivateKey:
    """Raises ConfigError."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError("the key is no PEM private key without a password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError("the key is not an Ed25519 key; make one with `openssl genpkey -algorithm ed25519`")
    return key


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Raises ConfigError."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError("the key is no PEM public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError("the key is not an Ed25519 key; make one with `openssl genpkey -algorithm ed25519`")
    return key


def sign(content: bytes, key: Ed25519PrivateKey) -> bytes:
    """The signature as one line of base64."""
    return base64.b64encode(key.sign(_CONTEXT + content)) + b"\n"


def signed_by(content: bytes, signature: bytes, keys: Iterable[Ed25519PublicKey]) -> bool:
    """Whether one of the keys signed exactly these bytes."""
    try:
        raw = base64.b64decode(signature.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_verifies(key, raw, content) for key in keys)


def _verifies(key: Ed25519PublicKey, raw: bytes, content: bytes) -> bool:
    try:
        key.verify(raw, _CONTEXT + content)
    except InvalidSignature:
        return False
    return True
