"""A secret for each tenant, in `<state>/peppers`, made when it is first needed: what makes pseudonyms of numbers.

Whoever has it can find the number behind a pseudonym by trying all of them, so it is kept apart from the database and
its backups. Deleting a file makes the pseudonyms of that tenant anonymous, and new ones unlike the old.
"""

import hashlib
import secrets
from pathlib import Path

from voiceagent.core.errors import ConfigError
from voiceagent.core.ids import TenantId
from voiceagent.records.owner_file import check_nobody_else_reads, make_once


def load_or_make_pepper(state: Path, tenant_id: TenantId) -> bytes:
    """32 bytes. Raises ConfigError for a file that others can read or that is damaged."""
    path = state / "peppers" / f"{hashlib.sha256(tenant_id.encode()).hexdigest()[:32]}.pepper"
    if not path.exists():
        make_once(path, secrets.token_bytes(hashlib.sha256().digest_size))
    check_nobody_else_reads(path)
    pepper = path.read_bytes()
    if len(pepper) != hashlib.sha256().digest_size:
        raise ConfigError(f"{path} is damaged; restore it from your backup of secrets, or delete it to have another")
    return pepper
