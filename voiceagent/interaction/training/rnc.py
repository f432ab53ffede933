"""Unpacks RNC ProPack, method 1, which games of the nineties are packed with.

A stream of 16-bit little-endian words, read bit by bit from the lowest, with whole bytes in between: literals begin
where the next word would. Each chunk brings three canonical Huffman codes: for lengths of literals, for distances back
and for lengths of copies.
"""

import struct
from collections.abc import Callable
from typing import Final

from voiceagent.core.errors import BadInput

_HEAD: Final = struct.Struct(">4sIIHHBB")  # magic, unpacked and packed bytes, their checksums, leeway, chunks
_MAGIC: Final = b"RNC\x01"
_SHORTEST_COPY: Final = 2
_LONGEST_CODE: Final = 16
_CUT_SHORT: Final = bytes(2)  # of the last word only what is needed is kept

Code = dict[tuple[int, int], int]  # (length, bits) -> number


def unpacked(packed: bytes) -> bytes:
    """What was packed. Raises BadInput for data of another kind, cut off or damaged."""
    if len(packed) < _HEAD.size or not packed.startswith(_MAGIC):
        raise BadInput("this is not packed by RNC's first method")
    _, size, _, expected, _, _, chunks = _HEAD.unpack_from(packed)
    try:
        out = _chunks(_Bits(packed + _CUT_SHORT, _HEAD.size), chunks)
    except IndexError as error:
        raise BadInput("data packed by RNC end too soon") from error
    if len(out) != size or checksum(out) != expected:
        raise BadInput("data packed by RNC are damaged")
    return bytes(out)


def checksum(data: bytes | bytearray) -> int:
    """CRC-16 with the polynomial 0xA001, from 0."""
    crc = 0
    for byte in data:
        crc = (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]
    return crc


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC: Final = tuple(_crc_of(byte) for byte in range(256))


class _Bits:
    """Bits and bytes of one stream."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._held = self._count = 0

    def take(self, count: int) -> int:
        """The next bits as a number, the first the lowest."""
        while self._count < count:
            self._held |= (self._data[self._at] | self._data[self._at + 1] << 8) << self._count
            self._at += 2
            self._count += 16
        value = self._held & ((1 << count) - 1)
        self._held >>= count
        self._count -= count
        return value

    def bytes(self, count: int) -> bytes:
        """Whole bytes from where the next word would begin."""
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise IndexError
        self._at += count
        return found


def _chunks(bits: _Bits, chunks: int) -> bytearray:
    out = bytearray()
    bits.take(2)  # locked, keyed: never set in what is given away
    for _ in range(chunks):
        literals, distances, lengths = (_code(bits) for _ in range(3))
        pairs = bits.take(16)
        for pair in range(pairs):
            out += bits.bytes(_value(bits, literals))
            if pair < pairs - 1:
                _copy(out, _value(bits, distances) + 1, _value(bits, lengths) + _SHORTEST_COPY)
    return out


def _copy(out: bytearray, back: int, length: int) -> None:
    """Repeat what lies `back` bytes behind the end; it may run into what it writes."""
    if back > len(out):
        raise IndexError
    piece = out[-back:]
    out += (piece * (length // back + 1))[:length]


def _code(bits: _Bits) -> Code:
    """The lengths of up to 31 codes, 4 bits each; shorter codes first, then by number."""
    lengths = [bits.take(4) for _ in range(bits.take(5))]
    code: Code = {}
    following = 0
    for length in range(1, _LONGEST_CODE):
        for number, its in enumerate(lengths):
            if its == length:
                code[length, following] = number
                following += 1
        following <<= 1
    return code


def _value(bits: _Bits, code: Code) -> int:
    """A number of `n` >= 2 stands for n - 1 bits below a leading one."""
    number = _number(bits.take, code)
    return number if number < 2 else bits.take(number - 1) | 1 << (number - 1)


def _number(take: Callable[[int], int], code: Code) -> int:
    read = 0
    for length in range(1, _LONGEST_CODE):
        read = read << 1 | take(1)
        if (length, read) in code:
            return code[length, read]
    raise IndexError
