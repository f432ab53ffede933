"""What a JSON schema cannot say about a vCon. Each rule is a function that yields what is wrong, with its place.

Written for containers from anywhere: no member is taken for granted, and names of older drafts are understood.
"""

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from voiceagent.compliance.canonical import base64url

Vcon = Mapping[str, Any]
ChannelsOf = Callable[[str], int | None]

KNOWN_EXTENSIONS: Final = frozenset({"CC"})
_WITHOUT_CONTENT = frozenset({"incomplete", "transfer", "recording-set"})
_DIALOG_INDEXES = ("original", "consultation", "target_dialog", "recordings", "recording_set")
_PARTY_INDEXES = ("originator", "transferee", "transferor", "transfer_target")
_HASH = re.compile(r"sha512-[A-Za-z0-9_-]{86}")


def problems_of(vcon: Vcon, *, channels_of: ChannelsOf | None = None) -> list[str]:
    """All that is wrong; empty when nothing is. `channels_of` counts the channels of the sound with a content hash."""
    rules = (_one_origin, _indexes, _incomplete, _no_content, _inline, _external, _keys, _extensions)
    found = [problem for rule in rules for problem in rule(vcon)]
    return found + (list(_channels(vcon, channels_of)) if channels_of is not None else [])


def _objects(vcon: Vcon, *names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in names:
        items = vcon.get(name)
        for at, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, dict):
                yield f"{name}[{at}]", item


def _one_origin(vcon: Vcon) -> Iterator[str]:
    origins = [name for name in ("redacted", "redacted_from", "amended", "amended_from", "appended") if vcon.get(name)]
    if len(origins) > 1:
        yield f"{' and '.join(origins)}: a container follows one other, not two"


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, list):
        for one in value:
            yield from _numbers(one)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value


def _indexes(vcon: Vcon) -> Iterator[str]:
    pointers: list[tuple[str, str, Any]] = []
    for place, dialog in _objects(vcon, "dialog"):
        pointers += [(f"{place}.{name}", "parties", dialog.get(name)) for name in ("parties", *_PARTY_INDEXES)]
        pointers += [(f"{place}.{name}", "dialog", dialog.get(name)) for name in _DIALOG_INDEXES]
        for _, entry in _objects(dialog, "party_history"):
            pointers.append((f"{place}.party_history", "parties", entry.get("party")))
    for place, item in _objects(vcon, "analysis", "attachments"):
        pointers.append((f"{place}.dialog", "dialog", item.get("dialog")))
        pointers.append((f"{place}.party", "parties", item.get("party")))
        pointers.append((f"{place}.attachment", "attachments", item.get("attachment")))
    for place, target, value in pointers:
        size = len(vcon.get(target) or ())
        for number in _numbers(value):
            if not 0 <= number < size:
                yield f"{place}: there is no {target}[{number}]"


def _incomplete(vcon: Vcon) -> Iterator[str]:
    for place, dialog in _objects(vcon, "dialog"):
        if dialog.get("type") == "incomplete" and not dialog.get("disposition"):
            yield f"{place}: incomplete, but no disposition says why"


def _no_content(vcon: Vcon) -> Iterator[str]:
    for place, dialog in _objects(vcon, "dialog"):
        if dialog.get("type") in _WITHOUT_CONTENT and ("body" in dialog or "url" in dialog):
            yield f"{place}: {dialog['type']} has no content, yet there is some"


def _inline(vcon: Vcon) -> Iterator[str]:
    for place, item in _objects(vcon, "dialog", "analysis", "attachments"):
        if "body" not in item:
            continue
        if not item.get("encoding"):
            yield f"{place}: a body without encoding"
        if not (item.get("mediatype") or item.get("mimetype")):
            yield f"{place}: a body without mediatype"
        if item.get("encoding") == "base64url" and not _is_base64url(item["body"]):
            yield f"{place}: the body is not base64url"


def _is_base64url(body: Any) -> bool:
    """Strictly: alphabet, no padding, no bits left over."""
    if not isinstance(body, str):
        return False
    try:
        return base64url(urlsafe_b64decode(body + "=" * (-len(body) % 4))) == body
    except (NotBase64, ValueError):
        return False


def _external(vcon: Vcon) -> Iterator[str]:
    origins = ((name, vcon[name]) for name in ("redacted", "redacted_from", "amended", "amended_from") if name in vcon)
    found = [(name, item) for name, item in origins if isinstance(item, dict)]
    for place, item in (*found, *_objects(vcon, "dialog", "analysis", "attachments")):
        if "url" not in item:
            continue
        if not str(item["url"]).startswith("https://"):
            yield f"{place}: the url is not https"
        hashes = item.get("content_hash")
        hashes = hashes if isinstance(hashes, list) else [hashes]
        if not hashes or not all(isinstance(one, str) and _HASH.fullmatch(one) for one in hashes):
            yield f"{place}: a url without a sha512 content_hash"


def _keys(vcon: Vcon) -> Iterator[str]:
    for place, dialog in _objects(vcon, "dialog"):
        for _, entry in _objects(dialog, "party_history"):
            if entry.get("event") in ("keydown", "keyup") and not entry.get("button"):
                yield f"{place}.party_history: {entry['event']} without a button"


def _extensions(vcon: Vcon) -> Iterator[str]:
    needed = vcon.get("critical") or vcon.get("must_support") or ()
    unknown = sorted(str(name) for name in needed if name not in KNOWN_EXTENSIONS)
    if unknown:
        yield f"critical: {', '.join(unknown)} is not understood here, so the container must not be used"


def _channels(vcon: Vcon, channels_of: ChannelsOf) -> Iterator[str]:
    for place, dialog in _objects(vcon, "dialog"):
        parties, content_hash = dialog.get("parties"), dialog.get("content_hash")
        if dialog.get("type") != "recording" or not isinstance(parties, list) or not isinstance(content_hash, str):
            continue
        channels = channels_of(content_hash)
        if channels is not None and channels > 1 and channels != len(parties):
            yield f"{place}: {channels} channels, but {len(parties)} parties"
