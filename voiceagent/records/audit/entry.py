"""An entry of the audit log and the bytes it is hashed as: JSON canonicalised by RFC 8785.

The columns of a row are the entry; nothing is stored twice, so nothing can disagree. Each entry names the hash of the
one before it, and is a leaf of the log's Merkle tree (RFC 6962, section 2.1).
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

import msgspec
import rfc8785

from voiceagent.core.ids import TenantId
from voiceagent.records.audit.merkle import leaf_hash

SALT_BYTES: Final = 16  # of 128 random bits: nobody tries all telephone numbers against a commitment
NO_ENTRY: Final = bytes(32)  # `prev` of the first entry
# Acts that no tenant can be named for, such as a refused unknown key
INSTALLATION: Final = TenantId("_installation")

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class AuditEntry(msgspec.Struct, frozen=True):
    """As stored, in the order of the columns. `seq` counts from 1 without gaps; `commitment` and `prev` are 32 bytes.

    A struct and no dataclass: a verification makes millions of them.
    """

    tenant_id: str
    seq: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_auth: str
    action: str
    object_kind: str
    object_id: str
    purpose: str
    result: str
    reason: str
    request_id: str
    commitment: bytes
    prev: bytes

    def record(self) -> dict[str, Any]:
        """The entry as JSON values; purpose and reason only where there is one."""
        record = {
            "v": 1,
            "log": origin_of(self.tenant_id),
            "seq": self.seq,
            "ts": moment(self.at),
            "tenant": self.tenant_id,
            "actor": {"type": self.actor_kind, "id": self.actor_id, "auth": self.actor_auth},
            "action": self.action,
            "object": {"type": self.object_kind, "id": self.object_id},
            "result": self.result,
            "req_id": self.request_id,
            "commit": self.commitment.hex(),
            "prev": self.prev.hex(),
        }
        if self.purpose:
            record["purpose"] = self.purpose
        if self.reason:
            record["reason"] = self.reason
        return record

    def leaf(self) -> bytes:
        """Its hash as a leaf of the log's tree; the next entry's `prev`."""
        return leaf_hash(canonical(self.record()))


def canonical(record: Mapping[str, Any]) -> bytes:
    """RFC 8785 for what entries are made of: ASCII names, text and whole numbers below 2**53.

    For those msgspec writes the same bytes as `rfc8785` (a test compares them), in a fraction of the time.
    """
    return _ENCODER.encode(record)


def canonical_details(details: Mapping[str, Any]) -> str:
    """RFC 8785 for whatever details hold. Raises ValueError for what JSON cannot say."""
    return rfc8785.dumps(dict(details)).decode()


def commitment(salt: bytes, details: str) -> bytes:
    """What the log keeps of details: SHA-256 of the salt and the canonical text. Without the salt it tells nothing."""
    return hashlib.sha256(salt + details.encode()).digest()


@lru_cache(maxsize=256)
def origin_of(tenant_id: str) -> str:
    """The name of a tenant's log in entries and checkpoints: no spaces, no plus sign (C2SP signed-note)."""
    return f"voiceagent/audit/{quote(tenant_id, safe='')}"


def moment(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds, which is what Postgres keeps."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
