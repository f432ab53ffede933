"""What a package says of itself: what was asked for, what is in it, what is not and why. `manifest.jws` signs it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from voiceagent.compliance.exports.archive import StoredFile
from voiceagent.compliance.exports.package_form import FORMAT_VERSION
from voiceagent.compliance.exports.request import ExportRequest, to_data
from voiceagent.compliance.exports.tables import TABLES

_MEDIA_TYPES: Final = {
    ".jsonl": "application/jsonl",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/schema+json",
    ".jws": "application/jose+json",
    ".wav": "audio/x-wav",
    ".md": "text/markdown",
    ".html": "text/html; charset=utf-8",
    ".pem": "application/x-pem-file",
    ".pub": "application/x-pem-file",
}

_REDACTION: Final = (
    "the words are as the records hold them: masked with marks such as [NAME] unless their profile keeps them raw, "
    "and empty where they were withheld; "
)
_MEDIA: Final = {
    False: "recordings are not masked",
    True: "recordings are silent in turns whose words were masked or are not known, and left out where words are raw "
    "or gone",
}
_SCHEMAS: Final = {f"{table.name}.jsonl": f"schema/{table.one}.schema.json" for table in TABLES}


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was counted while a package was written. `media` counts recordings by what became of their files."""

    in_range: int = 0
    excluded: dict[str, list[str]] = field(default_factory=dict)  # call ids by reason
    hidden: int = 0  # calls that an erasure hides: no ids, since nobody is to look for them
    erased: int = 0  # calls of which an erasure took something
    rows: dict[str, int] = field(default_factory=dict)
    audit: dict[str, Any] = field(default_factory=lambda: {"state": "unsigned", "entries": 0})
    media: dict[str, int] = field(default_factory=dict)


def manifest_of(
    request: ExportRequest, files: Sequence[StoredFile], tally: Tally, *, fingerprint: str, version: str
) -> dict[str, Any]:
    """As JSON values. `files` are all but the manifest and its signature."""
    return {
        "format_version": FORMAT_VERSION,
        "software": {"name": "voiceagent", "version": version},
        "request": to_data(request),
        "timezone": "UTC",
        "signer": {"x5t#S256": fingerprint, "certificate": "keys/signer.pem"},
        "counts": dict(tally.rows),
        "completeness": {
            "calls_in_range": tally.in_range,
            "calls": tally.rows.get("calls", 0),
            "excluded": _excluded(tally),
            "tombstones_in_range": tally.erased,
            "media": dict(tally.media),
        },
        "audit": tally.audit,
        "redaction": {"profile": "as_kept", "note": _REDACTION + _MEDIA[request.mute_masked]},
        "files": [_entry(file) for file in sorted(files, key=lambda file: file.path)],
    }


def _excluded(tally: Tally) -> list[dict[str, Any]]:
    told = [{"reason": reason, "count": len(ids), "call_ids": ids} for reason, ids in sorted(tally.excluded.items())]
    return [*told, {"reason": "erasure", "count": tally.hidden, "call_ids": []}] if tally.hidden else told


def sums_of(files: Sequence[StoredFile]) -> bytes:
    """What `sha256sum --check` reads."""
    lines = [f"{file.sha256}  {file.path}\n" for file in sorted(files, key=lambda file: file.path)]
    return "".join(lines).encode()


def _entry(file: StoredFile) -> dict[str, Any]:
    folder, _, name = file.path.rpartition("/")
    kind = next((kind for ending, kind in _MEDIA_TYPES.items() if name.endswith(ending)), "text/plain")
    schema = _SCHEMAS.get(name, "")
    return {
        "path": file.path,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "media_type": "application/vcon+json; form=signed" if folder == "vcon" else kind,
        **({"schema": schema} if schema else {}),
    }
