"""How words are pronounced, as ARPAbet phones: the recogniser's dictionary, else espeak-ng's opinion, else the letters.

Names and invented words of a profile are in no dictionary; a grammar must be able to hold them all the same.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

PHONES: Final = frozenset(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split()  # noqa: SIM905
)

# espeak-ng's mnemonics of American English, longest first when matched
_MNEMONICS: Final[dict[str, str]] = {
    "A@": "AA R",
    "A:": "AA",
    "aI@": "AY ER",
    "aI3": "AY ER",
    "aU@": "AW ER",
    "aI": "AY",
    "aU": "AW",
    "a#": "AH",
    "a": "AE",
    "aa": "AE",
    "eI": "EY",
    "e@": "EH R",
    "E": "EH",
    "i@3": "IH R",
    "i@": "IH R",
    "i:": "IY",
    "i": "IY",
    "I2": "IH",
    "I#": "IH",
    "I": "IH",
    "O@": "AO R",
    "o@": "AO R",
    "OI": "OY",
    "oU#": "OW",
    "oU": "OW",
    "O:": "AO",
    "O2": "AO",
    "O": "AO",
    "0#": "AA",
    "0": "AA",
    "u:": "UW",
    "U@": "UH R",
    "U": "UH",
    "V": "AH",
    "3:": "ER",
    "3": "ER",
    "@L": "AH L",
    "@2": "AH",
    "@5": "AH",
    "@": "AH",
    "tS": "CH",
    "dZ": "JH",
    "T": "TH",
    "D": "DH",
    "S": "SH",
    "Z": "ZH",
    "N": "NG",
    "t2": "T",
    "t#": "T",
    "d#": "D",
    "z#": "Z",
    "j": "Y",
    "h": "HH",
    "w": "W",
    "x": "K",
    "C": "HH",
    **{letter: letter.upper() for letter in "bdfgklmnprstvz"},
}
_MNEMONIC: Final = re.compile("|".join(re.escape(name) for name in sorted(_MNEMONICS, key=len, reverse=True)))

_LETTERS: Final[dict[str, str]] = {
    **{letter: letter.upper() for letter in "bdfgklmnprstvz"},
    "a": "AE",
    "c": "K",
    "e": "EH",
    "h": "HH",
    "i": "IH",
    "j": "JH",
    "o": "AA",
    "q": "K",
    "u": "AH",
    "w": "W",
    "x": "K S",
    "y": "IY",
    "ch": "CH",
    "sh": "SH",
    "th": "TH",
    "ph": "F",
    "ck": "K",
    "ee": "IY",
    "ea": "IY",
    "oo": "UW",
    "ou": "AW",
    "ow": "OW",
    "ai": "EY",
    "ay": "EY",
    "oy": "OY",
    "ng": "NG",
    "qu": "K W",
}
_LETTER: Final = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)))
_DIGIT_NAMES: Final = "ZIY R OW|W AH N|T UW|TH R IY|F AO R|F AY V|S IH K S|S EH V AH N|EY T|N AY N".replace(
    "ZIY", "Z IY"
)


class Lexicon:
    """Pronunciations of words. `espeak` gives a word's mnemonics (it may raise or answer with nothing)."""

    def __init__(self, dictionary: Path, espeak: Callable[[str], str] | None = None) -> None:
        self._known = _entries(dictionary.read_text(encoding="utf-8"))
        self._espeak = espeak
        self.pronunciations = lru_cache(maxsize=4096)(self._pronunciations)

    def _pronunciations(self, word: str) -> tuple[str, ...]:
        """Every way of saying the word, each as phones separated by spaces; at least one."""
        known = self._known.get(word)
        if known:
            return tuple(known.split("|"))
        said = arpabet(self._espeak(word)) if self._espeak is not None else ""
        return (said or from_letters(word),)


def _entries(dictionary: str) -> dict[str, str]:
    """Phones by word; several pronunciations ("a" and "a(2)") are joined by a bar: 130,000 entries stay small."""
    entries: dict[str, str] = {}
    for line in dictionary.splitlines():
        name, _, phones = line.partition(" ")
        word = name.partition("(")[0]
        entries[word] = f"{entries[word]}|{phones.strip()}" if word in entries else phones.strip()
    return entries


def arpabet(mnemonics: str) -> str:
    """espeak-ng's mnemonics as ARPAbet; stress and length marks, and what is unknown, are left out."""
    bare = re.sub(r"[',%=_|;\-\s]", "", mnemonics)
    return " ".join(_MNEMONICS[match] for match in _MNEMONIC.findall(bare))


def from_letters(word: str) -> str:
    """A last resort: the letters' usual sounds, figures by name; never empty."""
    names = _DIGIT_NAMES.split("|")
    phones: list[str] = []
    for piece in re.findall(r"\d|[a-z]+", word.lower()):
        phones += [names[int(piece)]] if piece.isdecimal() else [_LETTERS[match] for match in _LETTER.findall(piece)]
    return " ".join(phones) or "AH"
