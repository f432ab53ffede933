"""Reads what we need from the text of an INVITE. Tolerant: whatever is missing or odd comes back as ""."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from socket import inet_aton
from typing import Final
from urllib.parse import unquote

_COMPACT: Final = {
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "c": "content-type",
}  # RFC 3261 section 7.3.3
_MAX_CHARS: Final = 128
_MAX_ADDRESS_CHARS: Final = 512  # keeps hostile headers cheap to search
_USER = re.compile(r"(?:sips?:(?:([^@>\s]*)@)?|tel:([^;>\s]*))", re.IGNORECASE)

_CONNECTION = re.compile(r"^c=IN IP[46] ([^\s/]{1,512})", re.MULTILINE)
_RTCP = re.compile(r"^a=rtcp:\d+ IN IP[46] ([^\s/]{1,512})", re.MULTILINE)
_ACTIVE_AUDIO = re.compile(r"m=audio (?!0[ /])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """The parts of an INVITE that admission looks at."""

    caller: str  # user part of From; "anonymous" stays as sent
    callee: str  # user part of the request URI
    sip_call_id: str
    source_ip: str
    source: str  # ip:port
    authorization: tuple[str, ...]
    has_offer: bool  # a body; without one the offer is ours to make (RFC 3261 section 13.2.1)
    media_name: str = ""  # a host that the offer wants its media sent to by name, not by address

    @property
    def complete(self) -> bool:
        """True when it says who is called and by which Call-ID."""
        return bool(self.callee and self.sip_call_id and self.source_ip)


def parse_invite(message: str, source: str) -> Invite:
    """Read an INVITE as received from `source` ("192.0.2.1:5060" or "[2001:db8::1]:5060"). Never raises."""
    head, *body = re.split(r"\r?\n\r?\n", message, maxsplit=1)
    lines = re.sub(r"\r?\n[ \t]+", " ", head).splitlines()  # unfold (RFC 3261 section 7.3.1)
    request = lines[0].split(" ") if lines else []
    headers: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers.setdefault(_COMPACT.get(key, key), []).append(value.strip())
    return Invite(
        caller=uri_user(headers.get("from", [""])[0]),
        callee=uri_user(request[1]) if len(request) == 3 else "",
        sip_call_id=clean(headers.get("call-id", [""])[0]),
        source_ip=clean(source.rpartition(":")[0].strip("[]")),
        source=clean(source),
        authorization=tuple(headers.get("authorization", [])[:4]),
        has_offer=any(part.strip() for part in body),
        media_name=_media_name("".join(body)),
    )


def _media_name(body: str) -> str:
    """The first host that active audio goes to and that the library would have to look up: in `c=` of its own or of
    the session (RFC 8866 section 5.7), or in `a=rtcp` (RFC 3605)."""
    session, *streams = re.split(r"^(?=m=)", body, flags=re.MULTILINE)
    everywhere = _CONNECTION.findall(session)
    active = [stream for stream in streams if _ACTIVE_AUDIO.match(stream)]
    hosts = (host for one in active for host in (_CONNECTION.findall(one) or everywhere) + _RTCP.findall(one))
    return next((clean(host) for host in hosts if not _is_address(host)), "")


def _is_address(host: str) -> bool:
    """IPv6, or what the C library takes for IPv4 without asking anybody: leading zeros, too."""
    try:
        ip_address(host) if ":" in host else inet_aton(host)
    except (ValueError, OSError):
        return False
    return True


def uri_user(text: str) -> str:
    """The user part of the first SIP or tel URI in `text`, with its escapes resolved (RFC 3261 section 19.1.2)."""
    match = _USER.search(text[:_MAX_ADDRESS_CHARS])
    return clean(unquote((match.group(1) or match.group(2) or "").partition(";")[0])) if match else ""


def clean(text: str) -> str:
    """Printable characters only, bounded: the value goes into records and logs."""
    return "".join(char for char in text[:_MAX_CHARS] if char.isprintable() and not 0xD800 <= ord(char) <= 0xDFFF)
