"""E-mail addresses and web addresses, written and spoken: "j dot smith at example dot com"."""

import re
from collections.abc import Iterator
from typing import Final

from voiceagent.compliance.redaction.tokens import Tokens, text_at, words
from voiceagent.compliance.redaction.values import Context, Kind

_TYPED_MAIL: Final = re.compile(r"[^\s@\[\]<>\"]+@[^\s@\[\]<>\"]+\.[^\W\d_]{2,}")
_TYPED_URL: Final = re.compile(r"(?:https?://|www\.)[^\s\[\]<>\"]+")
_ENDINGS: Final = words(
    "com calm co org net uk de io eu gov edu info fr es it nl ie us ca au at ch biz me be pl se no dk app dev"
)
_PROVIDERS: Final = words(
    "gmail g-mail googlemail hotmail yahoo outlook icloud aol protonmail proton gmx btinternet live msn me fastmail"
)
_AT: Final = frozenset({"at", "@", "hat", "ad", "that"})
_DOT: Final = frozenset({"dot", ".", "got", "dots", "don't", "point", "doc", "dock"})
_SURE_DOT: Final = frozenset({"dot", "."})
_STOP: Final = words(
    "is it's its email e-mail mail address to my so yes yeah sure okay ok the me um uh on thanks please you it"
    " with that's , ; :"
)
_MOST_LOCAL, _MOST_DOMAIN = 14, 8
_COURTESY: Final = words("yes yeah sure okay ok um uh it's it is my email address that's so the well of course")

_MAIL: Final = frozenset({"email", "e-mail", "mail"})
_EVIDENCE: Final = frozenset({"dot", "@", "underscore"})

Found = tuple[int, int, Kind]


def typed_in(text: str) -> Iterator[tuple[int, int, Kind]]:
    """(start, end, kind) in characters of written addresses."""
    for match in _TYPED_MAIL.finditer(text):
        yield match.start(), match.end(), Kind.EMAIL
    for match in _TYPED_URL.finditer(text):
        yield match.start(), match.end(), Kind.URL


def spoken_in(tokens: Tokens, taken: list[bool], context: Context) -> Iterator[Found]:
    """Spoken addresses, from where they begin to their last ending."""
    place = 0
    while place < len(tokens):
        end = _domain_end(tokens, place)
        if end is None or any(taken[place:end]):
            place += 1
            continue
        yield _whole(tokens, place, end, context)
        place = end


def half_heard(tokens: Tokens, taken: list[bool], context: Context) -> Iterator[Found]:
    """What is left of an address whose ending was not heard: behind "my email is", or as an answer."""
    start = next((at + 1 for at in range(len(tokens) - 1, -1, -1) if tokens[at].text in _MAIL), None)
    if context.asked is Kind.EMAIL and not context.by_agent:
        start = 0
    if start is None or not any(token.text in _EVIDENCE or token.text in _PROVIDERS for token in tokens[start:]):
        return
    for at in range(start, len(tokens)):
        if not taken[at] and tokens[at].text not in _COURTESY | _STOP:
            yield at, at + 1, Kind.EMAIL


def _domain_end(tokens: Tokens, at: int) -> int | None:
    """Where a domain ends whose last "dot" or provider is at this place: "dot co dot uk", "gmail"."""
    word = text_at(tokens, at)
    if word in _PROVIDERS - {"live", "me"}:
        end = at + 1
    elif word in _SURE_DOT and text_at(tokens, at + 1) in _ENDINGS and at > 0 and not _sentence(tokens, at):
        end = at
    else:
        return None
    while text_at(tokens, end) in _DOT and (text_at(tokens, end + 1) in _ENDINGS) and not _sentence(tokens, end):
        end += 2
    if end == at + 1 and text_at(tokens, end) in _ENDINGS - {"at", "it", "me", "no", "us", "be", "is"}:
        end += 1
    return end


def _sentence(tokens: Tokens, at: int) -> bool:
    """A full stop with a space behind it ends a sentence."""
    return tokens[at].text == "." and at + 1 < len(tokens) and tokens[at + 1].start > tokens[at].end


def _whole(tokens: Tokens, at: int, end: int, context: Context) -> Found:
    """From its local part on, when it has one."""
    place, seen = at, 0
    found_at = -1
    while place > 0 and seen < _MOST_DOMAIN and not tokens[place - 1].is_mark:
        place -= 1
        seen += 1
        if tokens[place].text in _AT - {"that"} and found_at < 0:
            found_at = place
            break
        if tokens[place].text in _STOP:
            break
    provider = tokens[at].text in _PROVIDERS or any(token.text in _PROVIDERS for token in tokens[place:end])
    if found_at < 0 and not provider and context.asked is not Kind.EMAIL and not _mail_said(tokens, at):
        return _label_start(tokens, at), end, Kind.URL
    start = found_at if found_at >= 0 else _label_start(tokens, at)
    return _local_start(tokens, start), end, Kind.EMAIL


def _mail_said(tokens: Tokens, at: int) -> bool:
    return any(token.text in _MAIL for token in tokens[max(0, at - 14) : at])


def _label_start(tokens: Tokens, dot: int) -> int:
    """Where the name in front of the first "dot" begins."""
    start = dot
    while start > 0 and dot - start < _MOST_DOMAIN and not tokens[start - 1].is_mark:
        if text_at(tokens, start - 1) in _STOP | {"at", "visit", "website", "site", "from", "page", "called", "see"}:
            break
        start -= 1
    return start


def _local_start(tokens: Tokens, at: int) -> int:
    start = at
    while start > 0 and at - start < _MOST_LOCAL and not tokens[start - 1].is_mark:
        if text_at(tokens, start - 1) in _STOP:
            break
        start -= 1
    return start
