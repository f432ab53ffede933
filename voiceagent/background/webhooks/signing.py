"""Signatures of Standard Webhooks (standardwebhooks.com, specification 1.0.0, "Signature scheme"). Pure.

The package of that name is what receivers verify with, and what our tests do; making a signature takes fewer lines than
its dependencies.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how a secret begins


def secret_of(root: bytes, endpoint_id: str, version: int) -> str:
    """An endpoint's secret as its receiver gets it: 256 bits, derived, so that none has to be stored."""
    derived = hmac.digest(root, f"webhook|{endpoint_id}|{version}".encode(), hashlib.sha256)
    return SECRET_PREFIX + base64.b64encode(derived).decode()


def signed_headers(message_id: str, sent_at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers; with two secrets there are two signatures, and a receiver accepts either."""
    timestamp = str(int(sent_at.timestamp()))
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
