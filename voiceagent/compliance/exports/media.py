"""The recordings of a call as files of a package: read, checked against their records, named by their content."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voiceagent.compliance.canonical import base64url
from voiceagent.compliance.redaction.muting import Muted, MuteSpan, masked_turns
from voiceagent.compliance.subject_access.one_voice import OneVoice
from voiceagent.compliance.vcon.profile import RecordedMedia
from voiceagent.core.errors import BadInput, Damaged
from voiceagent.records.at_rest.stored_recordings import OpenRecording
from voiceagent.records.dossier import CallDossier
from voiceagent.records.values import ConsentClip, Recording

FOLDER: Final = "media"
_BLOCK: Final = 1 << 20
_WHOLE: Final = ("sealed", "kept")  # of a recording, of a clip


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaWish:
    """Whether recordings are wanted, and in what form.

    `one_voice`: only the caller's channel is heard. `mute_masked`: turns are silent whose words were masked.
    """

    wanted: bool = True
    one_voice: bool = False
    mute_masked: bool = False

    @property
    def state(self) -> str:
        """Of a recording that is delivered so."""
        forms = {"masked_turns_silenced": self.mute_masked, "other_voice_silenced": self.one_voice}
        return ",".join(form for form, is_so in forms.items() if is_so) or "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMedia:
    """A recording that can be delivered."""

    sound: OpenRecording
    as_delivered: RecordedMedia

    @property
    def path(self) -> str:
        """Of the file in the package."""
        return f"{FOLDER}/{self.as_delivered.name}"

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


def find_media(dossier: CallDossier, sounds: Mapping[str, OpenRecording], wish: MediaWish) -> Delivery:
    """Look at every recording of the call; `sounds` are those that could be opened, by id.

    One that is not what its record says is told, not delivered. Raises OSError.
    """
    found: dict[str, FoundMedia] = {}
    told: dict[str, Mapping[str, str]] = {}
    silent = masked_turns(dossier.segments) if wish.mute_masked else None
    for recording in dossier.recordings:
        media = _find(dossier, recording, sounds.get(recording.id), wish, silent)
        if isinstance(media, FoundMedia):
            found[recording.id] = media
            told[recording.id] = {"media": media.path, "media_state": wish.state}
        else:
            told[recording.id] = {"media": "", "media_state": media}
    return Delivery(found=found, told=told)


def find_clip(
    dossier: CallDossier, clip: ConsentClip, sound: OpenRecording | None, wish: MediaWish
) -> FoundMedia | str:
    """The sound of an answer in that call in the form that is wanted, or why there is none. Raises OSError."""
    return _find(dossier, clip, sound, wish, masked_turns(dossier.segments) if wish.mute_masked else None)


def _find(
    dossier: CallDossier,
    recording: Recording | ConsentClip,
    sound: OpenRecording | None,
    wish: MediaWish,
    silent: Sequence[MuteSpan] | None,
) -> FoundMedia | str:
    if not wish.wanted:
        return "left_out"
    if silent is None:
        return find_sound(recording, sound, one_voice=wish.one_voice)
    if not dossier.masked_words:  # nobody knows what would have to be silent
        return "not_masked"
    return find_sound(
        recording, sound, one_voice=wish.one_voice, mute=lambda heard: Muted(heard, silent, recording.start_ms)
    )


def find_sound(
    recording: Recording | ConsentClip,
    sound: OpenRecording | None,
    *,
    one_voice: bool = False,
    mute: Callable[[OpenRecording], OpenRecording] | None = None,
) -> FoundMedia | str:
    """The sound, or why there is none: open, deleted, missing, changed, not_separable. Raises OSError.

    What is delivered is `mute` of it, where that is given.
    """
    if recording.state not in _WHOLE:
        return recording.state
    if sound is None:
        return "missing"
    sha256, sha512 = hashlib.sha256(), hashlib.sha512()
    try:
        heard = sound if mute is None else mute(sound)
        delivered = OneVoice(heard) if one_voice else heard
        for block in _blocks(sound):
            sha256.update(block)
        for block in _blocks(delivered):
            sha512.update(block)
    except Damaged:
        return "changed"
    except BadInput:
        return "not_separable"
    if sha256.hexdigest() != recording.sha256:
        return "changed"
    name = base64url(sha512.digest())
    return FoundMedia(sound=delivered, as_delivered=RecordedMedia(name=f"{name}.wav", content_hash=f"sha512-{name}"))


def _blocks(sound: OpenRecording) -> Iterator[bytes]:
    return (sound.read(start, _BLOCK) for start in range(0, sound.size, _BLOCK))
