"""Text as Moonshine reads and writes it: pieces of words, a byte-pair encoding of 32,000 with bytes for what is rare.

The list comes from `tokenizer.json` of useful-moonshine-onnx (MIT); a piece's place in it is its number and its rank.
"""

import gzip
from collections.abc import Iterable
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final

START: Final = 1
END: Final = 2
_SPACE: Final = "\u2581"  # stands before the pieces that begin a word
_BYTES: Final = range(3, 259)  # <0x00> to <0xFF>


@cache
def _pieces() -> tuple[str, ...]:
    packed = (resources.files("voiceagent.speech.moonshine") / "pieces.txt.gz").read_bytes()
    return tuple(gzip.decompress(packed).decode().split("\n"))


@cache
def _numbers() -> dict[str, int]:
    return {piece: number for number, piece in enumerate(_pieces())}


@cache
def pieces_of(word: str) -> tuple[int, ...]:
    """A word that follows a space, joined greedily by rank; `word` is made of letters, figures and apostrophes."""
    return _joined([*(_SPACE + word)])


@cache
def following(sign: str) -> tuple[int, ...]:
    """A figure or a mark right behind what was written."""
    return (_numbers()[sign],)


def text_of(numbers: Iterable[int]) -> str:
    """What the pieces say. Signs of the model that are not text are left out."""
    written = bytearray()
    for number in numbers:
        if number in _BYTES:
            written.append(number - _BYTES.start)
        elif _BYTES.stop <= number < len(_pieces()):
            written += _pieces()[number].replace(_SPACE, " ").encode()
    return written.decode(errors="replace").strip()


def _joined(parts: list[str]) -> tuple[int, ...]:
    numbers = _numbers()
    while len(parts) > 1:
        pairs = [(numbers.get(one + two, len(numbers)), at) for at, (one, two) in enumerate(pairwise(parts))]
        rank, at = min(pairs)
        if rank == len(numbers):
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return tuple(numbers[part] for part in parts)
