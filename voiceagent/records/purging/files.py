"""Removing the files of a call's recordings. Blocks on the disk: use it off the event loop."""

import os
from collections.abc import Sequence
from pathlib import Path

from voiceagent.core.ids import CallId
from voiceagent.records.recording import relative_path


def remove_audio(root: Path, call_id: CallId, paths: Sequence[str]) -> int:
    """Leave none of the files at `paths` (relative to `root`), nor any other in the call's folder.

    The number of files that were there. Harmless when repeated. Raises OSError.
    """
    root = root.resolve()
    folder = (root / relative_path(call_id, "any")).parent
    inside = [entry for entry in folder.iterdir() if not entry.is_dir()] if _is_below(root, folder) else []
    wanted = {root / path for path in paths if path} | set(inside)
    removed = [file for file in sorted(wanted) if _is_below(root, file.parent) and _remove(file)]
    for parent in {file.parent for file in removed}:
        _sync(parent)
        _remove_if_empty(root, parent)
    return len(removed)


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
