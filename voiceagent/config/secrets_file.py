"""Secrets between our own processes: made at first start, kept in `<state>/secrets.json` for its owner only."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from voiceagent.core.errors import ConfigError
from voiceagent.records.owner_file import check_nobody_else_reads, make_once, replace


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
        state.mkdir(parents=True, exist_ok=True)  # not for its owner only: embedded servers run as another user
        made = {name: secrets.token_urlsafe(32) for name in InternalSecrets.__dataclass_fields__}
        make_once(path, json.dumps(made).encode())
    check_nobody_else_reads(path, "and change its secrets")
    try:
        held = json.loads(path.read_text())
        if missing := InternalSecrets.__dataclass_fields__.keys() - held:
            held |= {name: secrets.token_urlsafe(32) for name in missing}
            replace(path, json.dumps(held).encode())  # the supervisor does this before any process reads it
        return InternalSecrets(**held)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path} is damaged; delete it to have new secrets made at the next start") from error
