"""The recordings of a call as files of a package: found, checked against their records, named by their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voiceagent.compliance.canonical import base64url
from voiceagent.compliance.exports.archive import blocks_of
from voiceagent.compliance.vcon.profile import RecordedMedia
from voiceagent.records.dossier import CallDossier
from voiceagent.records.values import Recording

FOLDER = "media"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMedia:
    """A recording's file on our disk."""

    source: Path
    size: int
    as_delivered: RecordedMedia


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`found` are the files to deliver, `told` what the tables say of every recording, both by recording id."""

    found: Mapping[str, FoundMedia]
    told: Mapping[str, Mapping[str, str]]

    @property
    def media(self) -> Mapping[str, RecordedMedia]:
        return {recording: media.as_delivered for recording, media in self.found.items()}


def find_media(dossier: CallDossier, blob_root: Path, *, wanted: bool) -> Delivery:
    """Look at every recording of the call. One whose file is not what its record says is told, not delivered."""
    found: dict[str, FoundMedia] = {}
    told: dict[str, Mapping[str, str]] = {}
    for recording in dossier.recordings:
        media = _find(recording, blob_root) if wanted else "left_out"
        if isinstance(media, FoundMedia):
            found[recording.id] = media
            told[recording.id] = {"media": f"{FOLDER}/{media.as_delivered.name}", "media_state": "delivered"}
        else:
            told[recording.id] = {"media": "", "media_state": media}
    return Delivery(found=found, told=told)


def _find(recording: Recording, blob_root: Path) -> FoundMedia | str:
    """The file, or why there is none: open, deleted, missing, changed."""
    if recording.state != "sealed":
        return recording.state
    source = blob_root / recording.path
    try:
        with source.open("rb") as file:
            sha256, sha512 = hashlib.sha256(), hashlib.sha512()
            for block in blocks_of(file):
                sha256.update(block)
                sha512.update(block)
            size = file.tell()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return "missing"
    if sha256.hexdigest() != recording.sha256:
        return "changed"
    name = base64url(sha512.digest())
    media = RecordedMedia(name=f"{name}.wav", content_hash=f"sha512-{name}")
    return FoundMedia(source=source, size=size, as_delivered=media)
