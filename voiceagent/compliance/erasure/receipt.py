"""The receipt of an erasure: what went, how, what was kept and why; signed, verified offline, without personal data."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from voiceagent.compliance.canonical import canonical_json, rfc3339
from voiceagent.compliance.erasure.evaluation import METHODS
from voiceagent.compliance.signing_identity import SigningIdentity
from voiceagent.compliance.vcon.signing import Signer, verify
from voiceagent.core.content_class import ContentClass
from voiceagent.core.errors import BadInput
from voiceagent.records.erasure_values import OBJECT_LOCK, ErasureRequest, Fate, FateCount, Tombstone

_KIND: Final = "voiceagent.erasure_receipt"
CONTENT_TYPE: Final = "application/vnd.voiceagent.erasure-receipt+json"
# What a receipt must not be taken to promise
_OUT_OF_REACH: Final = [
    "backups from before: unreadable once the tombstones are replayed after a restore",
    "copies that other systems were given: they were told, where they asked to be",
    "packages of exports that were downloaded before",
    "calls in which somebody else said or left the person's number",
]
# Not of a call, and found by a keyed hash of the number alone (GDPR Art. 17(3)(b) and (e))
_GOES_ON: Final = [
    "a wish not to be called: without it we would call again",
    "consent to be called, and the decisions that were made by it: what proves that calls were lawful",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodReceipt:
    """A receipt whose signature fits, and whose it is: compare the fingerprint with one from another way."""

    content: dict[str, Any]
    fingerprint: str


def signed_receipt(
    request: ErasureRequest,
    tenant_id: str,
    counts: Sequence[FateCount],
    tombstones: Sequence[Tombstone],
    identity: SigningIdentity,
    *,
    version: str,
    now: datetime,
) -> bytes:
    """The file. Ids in it are of the request, the tenant and holds; calls appear as numbers of them only."""
    kept = [one for one in counts if one.fate in (Fate.RESTRICTED, Fate.KEPT)]
    content = {
        "kind": _KIND,
        "version": 1,
        "request_id": request.id,
        "tenant_id": tenant_id,
        "identity_check": request.identity_check.value,
        "received_at": rfc3339(request.received_at),
        "made_at": rfc3339(now),
        "software": f"voiceagent {version}",
        "calls": sum(one.items for one in counts if one.content_class is ContentClass.METADATA),
        "erased": [
            {"class": one.content_class.name.lower(), "calls": one.items, "method": METHODS[one.content_class]}
            for one in counts
            if one.fate is Fate.ERASED
        ],
        "kept": [
            {
                "class": one.content_class.name.lower(),
                "calls": one.items,
                "readable": one.fate is Fate.KEPT,
                "reason": one.reason,
                "source": one.source,
                "until": rfc3339(one.until) if one.until else None,
                **({"keys_destroyed": True} if one.reason == OBJECT_LOCK else {}),
            }
            for one in kept
        ],
        "complete": not any(one.fate is Fate.RESTRICTED for one in kept),
        "tombstones_sha256": tombstones_sha256(tombstones),
        "goes_on": _GOES_ON,
        "out_of_reach": _OUT_OF_REACH,
    }
    return Signer(identity).sign(canonical_json(content), CONTENT_TYPE)


def verify_receipt(data: bytes) -> GoodReceipt:
    """What was signed; nothing but the file is needed. Raises BadInput."""
    signed = verify(data)
    try:
        content = json.loads(signed.payload)
    except ValueError as error:
        raise BadInput("what was signed there is no receipt of an erasure") from error
    if not isinstance(content, dict) or content.get("kind") != _KIND:
        raise BadInput("what was signed there is no receipt of an erasure")
    return GoodReceipt(content=content, fingerprint=signed.fingerprint)


def tombstones_sha256(tombstones: Sequence[Tombstone]) -> str:
    """Lets whoever has the tombstones see that the receipt is about these, and nobody else which calls they are."""
    lines = [
        [one.call_id, one.content_class.value, rfc3339(one.at), one.method, list(one.key_ids)] for one in tombstones
    ]
    return hashlib.sha256(canonical_json(sorted(lines))).hexdigest()
