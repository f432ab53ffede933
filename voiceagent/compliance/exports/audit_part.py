"""What the audit log says of the exported calls, with the proofs: the folder `audit/` of a package."""

import base64
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from voiceagent.compliance.canonical import json_line
from voiceagent.compliance.exports.archive import PackageArchive, StoredFile, blocks_of
from voiceagent.compliance.exports.package_form import AUDIT_CHECKPOINT, AUDIT_ENTRIES, AUDIT_KEYS, AUDIT_PROOFS
from voiceagent.records.audit.entry import AuditEntry, canonical
from voiceagent.records.audit.proofs import LogProofs


class AuditPart:
    """`proofs` None: nothing was signed yet when the export was asked for. `keys`: public keys, PEM.

    Grows in files in `folder` until it is put into the package.
    """

    def __init__(self, folder: Path, files: ExitStack, proofs: LogProofs | None, keys: bytes) -> None:
        """Raises OSError."""
        self._proofs, self._keys = proofs, keys
        self._entries = files.enter_context((folder / "entries.jsonl").open("x+b"))
        self._paths = files.enter_context((folder / "inclusion.jsonl").open("x+b"))
        self._count = 0

    def add(self, entries: Sequence[AuditEntry]) -> None:
        """Entries below the checkpoint. A line is the very bytes whose hash is in the tree. Raises OSError."""
        if self._proofs is None or not self._proofs.agrees:
            return
        for entry in entries:
            path = [base64.b64encode(step).decode() for step in self._proofs.of(entry.seq)]
            self._entries.write(canonical(entry.record()) + b"\n")
            self._paths.write(json_line({"seq": entry.seq, "path": path}))
            self._count += 1

    def put(self, archive: PackageArchive) -> Sequence[StoredFile]:
        """Raises OSError."""
        if self._proofs is None or not self._proofs.agrees:
            return []
        stored = [archive.add(AUDIT_CHECKPOINT, self._proofs.note.encode()), archive.add(AUDIT_KEYS, self._keys)]
        for name, file in ((AUDIT_ENTRIES, self._entries), (AUDIT_PROOFS, self._paths)):
            size = file.tell()
            file.seek(0)
            stored.append(archive.copy(name, size, blocks_of(file)))
        return stored

    def told(self) -> dict[str, Any]:
        """For the manifest. A log that is `broken` disagreed with its checkpoint, so that it proves nothing."""
        if self._proofs is None:
            return {"state": "unsigned", "entries": 0}
        size = self._proofs.checkpoint.size
        return {"state": "signed" if self._proofs.agrees else "broken", "entries": self._count, "log_size": size}
