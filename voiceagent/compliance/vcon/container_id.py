"""The UUID of a container, made of what is in it: the same content has the same id, other content another one."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from voiceagent.compliance.canonical import json_line


def container_id(began: datetime, content: dict[str, Any]) -> str:
    """A version 8 UUID (RFC 9562, 5.8): 48 bits of the call's milliseconds as in version 7, 74 bits of a SHA-256.

    The draft proposes a hash of the host's name for 62 of them. Content is what we need there: a second export of the
    same call has the same id, and one after something was erased cannot be taken for the first.
    """
    digest = hashlib.sha256(json_line(content)).digest()
    milliseconds = int(began.timestamp() * 1000) & (2**48 - 1)
    value = milliseconds << 80 | int.from_bytes(digest[:10])
    value = value & ~(0xF << 76) | 0x8 << 76
    return str(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))
