"""Sentences from five novels by Jane Austen (public domain), as Debian packs them for R (`r-cran-janeaustenr`).

Without the sixth, "Sense and Sensibility": known test recordings read from it.

A grammar of our own has a few hundred words; which words cannot end a sentence is learnt from many more.
"""

import gzip
import re
import struct
import zlib
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from voiceagent.core.errors import Unavailable

NOVELS: Final = Path(".data/novels/usr/lib/R/site-library/janeaustenr/data")
_INTEGER_PAIR: Final = b"\x00\x00\x00\x0d\x00\x00\x00\x02"  # R's serialisation: a vector of two integers
_STRING: Final = re.compile(rb"\x00\x04[\x00\x20\x80]\x09(.{4})", re.DOTALL)
_WORDS: Final = (3, 18)
_KEPT_FOR_JUDGING: Final = "SENSE AND SENSIBILITY"


@cache
def novel_sentences(folder: Path = NOVELS) -> tuple[str, ...]:
    """Plain sentences of 3 to 18 words, in the order of the books. Raises Unavailable when they are not installed."""
    try:
        index = gzip.decompress((folder / "Rdata.rdx").read_bytes())
        data = (folder / "Rdata.rdb").read_bytes()
    except FileNotFoundError as error:
        raise Unavailable(f"there are no novels in {folder}; run runs/install-train-deps.sh") from error
    books = [_strings(zlib.decompress(data[at + 4 : at + size])) for at, size in _entries(index)]
    learnt = [book for book in books if not book[0].startswith(_KEPT_FOR_JUDGING)]
    return tuple(sentence for book in learnt for text in _paragraphs(book) for sentence in _sentences(text))


def _entries(index: bytes) -> list[tuple[int, int]]:
    """Where each book lies in the data file: offset and length, after a word with its unpacked size."""
    places = [match.end() for match in re.finditer(re.escape(_INTEGER_PAIR), index)]
    return [struct.unpack(">ii", index[at : at + 8]) for at in places]


def _strings(book: bytes) -> list[str]:
    """The lines of a serialised character vector."""
    lines = []
    for match in _STRING.finditer(book):
        (size,) = struct.unpack(">i", match.group(1))
        lines.append(book[match.end() : match.end() + size].decode("utf-8", "replace") if size > 0 else "")
    return lines


def _paragraphs(lines: list[str]) -> list[str]:
    """An empty line ends one; so headings do not run into the text."""
    return [" ".join(held) for full, held in groupby(lines, key=bool) if full]


def _sentences(text: str) -> list[str]:
    """What a person could say: no headings, figures or quotations within quotations."""
    kept = []
    for short, full in (("Mr.", "Mister"), ("Mrs.", "Missis"), ("Dr.", "Doctor"), ("St.", "Saint")):
        text = text.replace(short, full)
    for sentence in re.split(r"(?<=[.?!])[\"']?\s+", text):
        plain = re.sub(r"[\"_()\[\]*]|--", " ", sentence).strip()
        words = plain.split()
        if _WORDS[0] <= len(words) <= _WORDS[1] and re.fullmatch(r"[A-Z][A-Za-z',;: .?!-]*[.?!]", " ".join(words)):
            kept.append(" ".join(words))
    return kept
