"""Files that only their owner may read, such as keys: whole on the disk or not there, whoever else makes them."""

import os
import tempfile
from pathlib import Path

from voiceagent.core.errors import ConfigError


def make_once(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Keep `content` there unless there is a file already, which stays; its folder is made, for the owner only.

    Raises OSError.
    """
    draft = _draft(path, content, mode)
    try:
        os.link(draft, path)  # whoever comes first wins; the others read its file
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put `content` in the place of what is there. Raises OSError."""
    _draft(path, content, 0o600).replace(path)
    _sync(path.parent)


def check_nobody_else_reads(path: Path, remedy: str = "") -> None:
    """Raises ConfigError, with the remedy, for a file that others can read."""
    mode = path.stat().st_mode
    if mode & 0o077:
        raise ConfigError(f"{path} can be read by others; run `chmod {mode & 0o700:o} {path}`{remedy and f' {remedy}'}")


def _draft(path: Path, content: bytes, mode: int) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # 0600, under a name of its own
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return Path(name)


def _sync(folder: Path) -> None:
    """A key that is lost with the power is lost with all that it opens."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
