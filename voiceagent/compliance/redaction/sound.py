"""How a name sounds, roughly: its consonants in classes, so that "Keller", "Killer" and "Kellar" are the same."""

from functools import lru_cache
from typing import Final

_PAIRS: Final = (
    ("ph", "f"), ("gh", "g"), ("ck", "k"), ("sch", "s"), ("sh", "s"), ("ch", "k"), ("th", "t"), ("wr", "r"),
    ("kn", "n"), ("qu", "k"), ("x", "ks"),
)  # fmt: skip
_CLASSES: Final = {
    **dict.fromkeys("bp", "p"),
    **dict.fromkeys("fvw", "f"),
    **dict.fromkeys("ckgqj", "k"),
    **dict.fromkeys("dt", "t"),
    **dict.fromkeys("sz", "s"),
    **dict.fromkeys("mn", "m"),
    "l": "l",
    "r": "r",
}


@lru_cache(maxsize=4096)
def sound_of(word: str) -> str:
    """Classes of the word's consonants without repeats; vowels and h say nothing."""
    for pair, letter in _PAIRS:
        word = word.replace(pair, letter)
    classes = [_CLASSES[letter] for letter in word if letter in _CLASSES]
    return "".join(sound for at, sound in enumerate(classes) if at == 0 or classes[at - 1] != sound)
