"""The secret that numbers are hashed with: made at first start, kept in `<state>/number_pepper` for its owner only.

It has a file of its own because it can never be made anew: without it no do-not-call entry is found again. Back it up,
apart from the database. Whoever has both can try all numbers.
"""

import os
import secrets
from pathlib import Path

from voiceagent.core.errors import ConfigError

_BYTES = 32


def load_or_make_pepper(state: Path) -> bytes:
    """Raises ConfigError for a file that others can read or that is damaged."""
    path = state / "number_pepper"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path} can be read by others; run `chmod 600 {path}`")
    try:
        pepper = bytes.fromhex(path.read_text().strip())
    except ValueError:
        pepper = b""
    if len(pepper) != _BYTES:
        raise ConfigError(
            f"{path} is damaged; put it back from a backup: with another one no stored number is found again, "
            "and people on the do-not-call list would be called"
        )
    return pepper


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # whoever comes first wins; the others read its file
    except FileExistsError:
        pass
    finally:
        draft.unlink()
