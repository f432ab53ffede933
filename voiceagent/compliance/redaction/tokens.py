"""A text as tokens with their places: words, figures, signs, and the marks of an earlier redaction."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"\[[A-Z]+\]|\d+|[^\W\d_]+(?:['\u2019][^\W\d_]+)*|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is lower-case; its figures are 0 to 9 whatever the script."""

    text: str
    start: int
    end: int

    @property
    def is_mark(self) -> bool:
        return len(self.text) > 2 and self.text[0] == "["

    @property
    def is_word(self) -> bool:
        return self.text[0].isalpha()

    @property
    def is_typed(self) -> bool:
        """Written in figures."""
        return self.text[0].isdecimal()


Tokens = Sequence[Token]


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    return [Token(_plain(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def glued(tokens: Tokens, at: int) -> bool:
    """Whether this token follows the one before it without a space."""
    return 0 < at < len(tokens) and tokens[at].start == tokens[at - 1].end


def text_at(tokens: Tokens, at: int) -> str:
    """The token's text, "" outside of the text."""
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _plain(raw: str) -> str:
    if raw[0].isdecimal():
        return raw if raw.isascii() else "".join(str(unicodedata.decimal(character)) for character in raw)
    return raw.lower().replace("\u2019", "'")
