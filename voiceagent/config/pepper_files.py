"""A secret for each tenant, in `<state>/peppers`, made when it is first needed: what makes pseudonyms of numbers.

Whoever has it can find the number behind a pseudonym by trying all of them, so it is kept apart from the database and
its backups. Deleting a file makes the pseudonyms of that tenant anonymous, and new ones unlike the old.
"""

import hashlib
import os
import secrets
from pathlib import Path

from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import TenantId


def load_or_make_pepper(state: Path, tenant_id: TenantId) -> bytes:
    """32 bytes. Raises ConfigError for a file that others can read or that is damaged."""
    folder = state / "peppers"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(tenant_id.encode()).hexdigest()[:32]}.pepper"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path} can be read by others; run `chmod 600 {path}`")
    pepper = path.read_bytes()
    if len(pepper) != hashlib.sha256().digest_size:
        raise ConfigError(f"{path} is damaged; restore it from your backup of secrets, or delete it to have another")
    return pepper


def _make(path: Path) -> None:
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(hashlib.sha256().digest_size))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # whoever comes first wins; the others read its file
    except FileExistsError:
        pass
    finally:
        draft.unlink()
