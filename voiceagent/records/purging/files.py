"""Removing the files of calls' recordings, wherever they lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voiceagent.core.ids import CallId
from voiceagent.records.blobs.kept_blobs import KeptBlobs
from voiceagent.records.blobs.store import Lock
from voiceagent.records.recording import relative_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """`files`: how many went. `locked`: calls of which a file had to stay, and the lock on it that ends last."""

    files: int
    locked: Mapping[CallId, Lock]


async def remove_audio(blobs: KeptBlobs, paths: Mapping[CallId, Sequence[str]]) -> Removed:
    """Leave none of the files at `paths`, nor any other of those calls, but what a lock or a hold keeps.

    `paths` has one for each row, "" for those without a file.

    Harmless when repeated. Raises OSError, ConfigError, Unavailable.
    """
    calls = {stem: call_id for call_id in paths for stem in _stems(blobs, call_id, paths[call_id])}
    # Nothing is sent to a bucket without a row, and most calls of some houses have none: each would be a request
    unrecorded = [stem for stem in calls if not paths[calls[stem]]]
    here = await blobs.folder.delete(unrecorded)
    done = await blobs.delete(calls.keys() - unrecorded)
    locked: dict[CallId, Lock] = {}
    for stem, lock in done.locked.items():
        other = locked.get(calls[stem])
        if other is None or _is_longer(lock, other):
            locked[calls[stem]] = lock
    return Removed(files=here.files + done.files, locked=locked)


def _stems(blobs: KeptBlobs, call_id: CallId, paths: Sequence[str]) -> list[str]:
    """The call's folder, and what is told to lie elsewhere."""
    folder = f"{relative_path(call_id, 'any').parent.as_posix()}/"
    return [folder, *(path for path in paths if path and not blobs.name_of(path).startswith(folder))]


def _is_longer(one: Lock, other: Lock) -> bool:
    return other.until is not None and (one.until is None or one.until > other.until)
