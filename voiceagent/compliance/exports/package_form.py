"""What writer and verifier of a package have in common; the verifier needs nothing of what the writer is made of."""

from collections.abc import Mapping
from typing import Any, Final

FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.jws"
SUMS: Final = "SHA256SUMS"
CALLS: Final = "records/calls.jsonl"
AUDIT_ENTRIES: Final = "audit/entries.jsonl"
AUDIT_PROOFS: Final = "audit/proofs/inclusion.jsonl"
AUDIT_CHECKPOINT: Final = "audit/checkpoints/checkpoint.txt"
AUDIT_KEYS: Final = "audit/keys/signing.pub"
CONTENT_TYPE: Final = "application/vnd.voiceagent.export-manifest+json"


def is_complete(manifest: Mapping[str, Any]) -> bool:
    """Whether every call in range is in the package or excluded with a reason."""
    told = manifest["completeness"]
    return bool(told["calls_in_range"] == told["calls"] + sum(one["count"] for one in told["excluded"]))
