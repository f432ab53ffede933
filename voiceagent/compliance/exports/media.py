"""The recordings of a call as files of a package: read, checked against their records, named by their content."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from voiceagent.compliance.canonical import base64url
from voiceagent.compliance.vcon.profile import RecordedMedia
from voiceagent.core.errors import Damaged
from voiceagent.records.at_rest.stored_recordings import OpenRecording
from voiceagent.records.dossier import CallDossier
from voiceagent.records.values import Recording

FOLDER: Final = "media"
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMedia:
    """A recording that can be delivered."""

    sound: OpenRecording
    as_delivered: RecordedMedia

    def blocks(self) -> Iterator[bytes]:
        """Raises Damaged, OSError."""
        return _blocks(self.sound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`found` are the files to deliver, `told` what the tables say of every recording, both by recording id."""

    found: Mapping[str, FoundMedia]
    told: Mapping[str, Mapping[str, str]]

    @property
    def media(self) -> Mapping[str, RecordedMedia]:
        return {recording: media.as_delivered for recording, media in self.found.items()}


def find_media(dossier: CallDossier, sounds: Mapping[str, OpenRecording], *, wanted: bool) -> Delivery:
    """Look at every recording of the call; `sounds` are those that could be opened, by id.

    One that is not what its record says is told, not delivered. Raises OSError.
    """
    found: dict[str, FoundMedia] = {}
    told: dict[str, Mapping[str, str]] = {}
    for recording in dossier.recordings:
        media = _find(recording, sounds.get(recording.id)) if wanted else "left_out"
        if isinstance(media, FoundMedia):
            found[recording.id] = media
            told[recording.id] = {"media": f"{FOLDER}/{media.as_delivered.name}", "media_state": "delivered"}
        else:
            told[recording.id] = {"media": "", "media_state": media}
    return Delivery(found=found, told=told)


def _find(recording: Recording, sound: OpenRecording | None) -> FoundMedia | str:
    """The sound, or why there is none: open, deleted, missing, changed."""
    if recording.state != "sealed":
        return recording.state
    if sound is None:
        return "missing"
    sha256, sha512 = hashlib.sha256(), hashlib.sha512()
    try:
        for block in _blocks(sound):
            sha256.update(block)
            sha512.update(block)
    except Damaged:
        return "changed"
    if sha256.hexdigest() != recording.sha256:
        return "changed"
    name = base64url(sha512.digest())
    return FoundMedia(sound=sound, as_delivered=RecordedMedia(name=f"{name}.wav", content_hash=f"sha512-{name}"))


def _blocks(sound: OpenRecording) -> Iterator[bytes]:
    return (sound.read(start, _BLOCK) for start in range(0, sound.size, _BLOCK))
