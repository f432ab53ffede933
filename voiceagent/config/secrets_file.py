"""Secrets between our own processes: made at first start, kept in `<state>/secrets.json` for its owner only."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from voiceagent.core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalSecrets:
    """Bearer tokens and signing keys; 256 random bits each."""

    worker_token: str
    background_token: str
    webrtc_key: str
    sip_nonce_key: str
    webhook_key: str


def load_or_make(state: Path) -> InternalSecrets:
    """The secrets of this installation; those that an older version did not have are added.

    Raises ConfigError for a file that others can read or that is damaged.
    """
    path = state / "secrets.json"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path} can be read by others; run `chmod 600 {path}` and change its secrets")
    try:
        held = json.loads(path.read_text())
        if missing := InternalSecrets.__dataclass_fields__.keys() - held:
            held |= {name: secrets.token_urlsafe(32) for name in missing}
            _write(path, held).replace(path)  # the supervisor does this before any process reads it
        return InternalSecrets(**held)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path} is damaged; delete it to have new secrets made at the next start") from error


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = InternalSecrets(**{name: secrets.token_urlsafe(32) for name in InternalSecrets.__dataclass_fields__})
    draft = _write(path, asdict(made))
    try:
        os.link(draft, path)  # whoever comes first wins; the others read its file
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _write(path: Path, values: Mapping[str, str]) -> Path:
    """A draft beside `path`."""
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file)
    return draft
