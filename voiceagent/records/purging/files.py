"""Removing the files of calls' recordings. Blocks on the disk: use it off the event loop."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from voiceagent.core.ids import CallId
from voiceagent.records.recording import relative_path


def remove_audio(root: Path, call_id: CallId, paths: Sequence[str]) -> int:
    """Leave none of the files at `paths` (relative to `root`), nor any other in the call's folder.

    The number of files that were there. Harmless when repeated. Raises OSError.
    """
    return remove_audio_of(root, {call_id: paths})


def remove_audio_of(root: Path, paths: Mapping[CallId, Sequence[str]]) -> int:
    """The same for many calls. All names go before the first folder is synced: file systems write them as one."""
    root = root.resolve()
    removed = [file for call_id in paths for file in _files(root, call_id, paths[call_id]) if _remove(file)]
    folders = {file.parent for file in removed}
    for folder in folders:
        _sync(folder)
    for folder in folders:
        _remove_if_empty(root, folder)
    return len(removed)


def _files(root: Path, call_id: CallId, paths: Sequence[str]) -> Sequence[Path]:
    folder = (root / relative_path(call_id, "any")).parent
    inside = [entry for entry in folder.iterdir() if not entry.is_dir()] if _is_below(root, folder) else []
    wanted = {root / path for path in paths if path} | set(inside)
    return [file for file in sorted(wanted) if _is_below(root, file.parent)]


def _is_below(root: Path, folder: Path) -> bool:
    return folder.is_dir() and folder.resolve().is_relative_to(root) and folder.resolve() != root


def _remove(file: Path) -> bool:
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True


def _sync(folder: Path) -> None:
    """So that the file does not come back with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_if_empty(root: Path, folder: Path) -> None:
    try:
        if folder != root:
            folder.rmdir()
    except OSError:  # something else is in it
        return
