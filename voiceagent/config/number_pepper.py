"""The secret that numbers are hashed with: made at first start, kept in `<state>/number_pepper` for its owner only.

It has a file of its own because it can never be made anew: without it no do-not-call entry is found again. Back it up,
apart from the database. Whoever has both can try all numbers.
"""

import secrets
from pathlib import Path

from voiceagent.core.errors import ConfigError
from voiceagent.records.owner_file import check_nobody_else_reads, make_once

_BYTES = 32


def load_or_make_pepper(state: Path) -> bytes:
    """Raises ConfigError for a file that others can read or that is damaged."""
    path = state / "number_pepper"
    if not path.exists():
        state.mkdir(parents=True, exist_ok=True)  # not for its owner only: embedded servers run as another user
        make_once(path, secrets.token_hex(_BYTES).encode() + b"\n")
    check_nobody_else_reads(path)
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
