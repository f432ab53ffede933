"""Links that open one package for some minutes: what they say is signed, nothing of them is stored. Pure."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from voiceagent.compliance.canonical import base64url
from voiceagent.core.errors import Unauthorised
from voiceagent.core.ids import TenantId

LONGEST_LIFE: Final = timedelta(minutes=15)
LINK_REFUSED: Final = "the link is over, or is none of ours; ask for another one"
_USE: Final = b"voiceagent export link 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLink:
    """`by`: the key that made it. `until`: whole seconds, UTC."""

    tenant_id: TenantId
    export_id: str
    by: str
    until: datetime


def link_key(root: bytes) -> bytes:
    """The key for links, from a secret of the installation that has other uses too."""
    return hmac.digest(root, _USE, hashlib.sha256)


def query_of(link: DownloadLink, key: bytes) -> dict[str, str]:
    """The parameters of its URL."""
    return {
        "tenant": link.tenant_id,
        "by": link.by,
        "until": str(int(link.until.timestamp())),
        "signature": _signature(link, key),
    }


def opened_link(
    *, export_id: str, tenant: str, by: str, until: int, signature: str, key: bytes, now: datetime
) -> DownloadLink:
    """The link, when we made it and it is not over. Raises Unauthorised, the same for everything that is wrong."""
    refused = Unauthorised(LINK_REFUSED)
    if not signature.isascii() or not 0 <= until < 2**33:
        raise refused
    at = datetime.fromtimestamp(until, UTC)
    link = DownloadLink(tenant_id=TenantId(tenant), export_id=export_id, by=by, until=at)
    if not hmac.compare_digest(_signature(link, key), signature) or not now < at <= now + LONGEST_LIFE:
        raise refused
    return link


def _signature(link: DownloadLink, key: bytes) -> str:
    told = json.dumps([link.tenant_id, link.export_id, link.by, int(link.until.timestamp())])
    return base64url(hmac.digest(key, told.encode(), hashlib.sha256))
