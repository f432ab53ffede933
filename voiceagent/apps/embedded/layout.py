"""Where an embedded server keeps what: data and log under the state folder, sockets where their path is short."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from voiceagent.core.errors import ConfigError

# sockaddr_un.sun_path is 108 bytes with its zero (unix(7)); the longest name that goes into the folder is 24 bytes.
_LONGEST_SOCKET_FOLDER = 83


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLayout:
    """Folders and files of one embedded server."""

    data: Path
    log: Path
    lock: Path
    sockets: Path


def layout_of(state: Path, name: str) -> ServerLayout:
    """The layout of server `name`; makes the folders above its data, for their owner only. Raises ConfigError."""
    state = state.absolute()
    make_state_folder(state)
    home = state / name
    home.mkdir(mode=0o700, exist_ok=True)
    return ServerLayout(
        data=home / "data", log=home / "log.txt", lock=home / "supervisor.lock", sockets=_socket_folder(home)
    )


def make_state_folder(state: Path) -> None:
    """Make the folder unless it is there. Raises ConfigError when it cannot be used."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=state).close()
    except OSError as error:
        raise ConfigError(
            f"nothing can be kept in the state folder {state} ({error.strerror}): "
            "set VOICEAGENT_STATE_DIR to a folder that you may write to"
        ) from error


def _socket_folder(home: Path) -> Path:
    beside = home / "run"
    if len(os.fsencode(beside)) <= _LONGEST_SOCKET_FOLDER:
        beside.mkdir(mode=0o700, exist_ok=True)
        return beside
    # The name is predictable, so somebody else may have made the folder first: then we must not trust it.
    short = Path(tempfile.gettempdir()) / f"voiceagent-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid not in (os.geteuid(), home.stat().st_uid):
        raise ConfigError(f"{short} belongs to somebody else; remove it or choose a shorter state folder")
    return short
