"""RNC's first method, against a packer that does as little as the format allows: codes of four bits for all numbers."""

import struct

import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import BadInput
from voiceagent.interaction.training.rnc import checksum, unpacked

Pair = tuple[bytes, int, int]  # literals, how far back a copy begins, how long it is

_PAIRS = st.lists(
    st.tuples(st.binary(min_size=1, max_size=40), st.integers(1, 20), st.integers(2, 60)), min_size=1, max_size=8
)


class _Packer:
    """Words are put where a reader that takes a word when it runs out of bits looks for them."""

    def __init__(self) -> None:
        self.out = bytearray()
        self._word, self._free = 0, 0

    def bits(self, value: int, count: int) -> None:
        for n in range(count):
            if not self._free:
                self._word, self._free = len(self.out), 16
                self.out += b"\0\0"
            place = 16 - self._free
            self.out[self._word + place // 8] |= (value >> n & 1) << place % 8
            self._free -= 1

    def codes(self) -> None:
        self.bits(16, 5)
        for _ in range(16):
            self.bits(4, 4)

    def number(self, value: int) -> None:
        symbol = value if value < 2 else value.bit_length()
        for n in range(3, -1, -1):
            self.bits(symbol >> n, 1)
        if symbol >= 2:
            self.bits(value & ((1 << symbol - 1) - 1), symbol - 1)


def _packed(chunks: list[list[Pair]]) -> tuple[bytes, bytes]:
    """The chunks packed, and what they stand for."""
    packer, plain = _Packer(), bytearray()
    packer.bits(0, 2)
    for pairs in chunks:
        for _ in range(3):
            packer.codes()
        packer.bits(len(pairs), 16)
        for n, (literals, back, length) in enumerate(pairs):
            packer.number(len(literals))
            packer.out += literals
            plain += literals
            if n < len(pairs) - 1:
                near = min(back, len(plain))
                packer.number(near - 1)
                packer.number(length - 2)
                for _ in range(length):
                    plain.append(plain[-near])
    head = struct.pack(">4sIIHHBB", b"RNC\1", len(plain), len(packer.out), checksum(plain), 0, 0, len(chunks))
    return head + bytes(packer.out), bytes(plain)


@given(st.lists(_PAIRS, min_size=1, max_size=3))
def test_what_was_packed_comes_out_again(chunks: list[list[Pair]]) -> None:
    packed, plain = _packed(chunks)

    assert unpacked(packed) == plain


def test_the_checksum_is_the_usual_one() -> None:
    assert checksum(b"123456789") == 0xBB3D  # CRC-16/ARC


def test_the_last_word_may_be_cut_short() -> None:
    packed, plain = _packed([[(b"agent", 1, 2)]])

    assert unpacked(packed + b"\1") == plain


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda packed: packed[:40], "too soon"),
        (lambda packed: packed[:-3] + b"???", "damaged"),
        (lambda packed: b"RNC\2" + packed[4:], "first method"),
        (lambda _: b"", "first method"),
    ],
    ids=["cut off", "changed", "another method", "nothing"],
)
def test_what_cannot_be_unpacked_is_refused(damage, says: str) -> None:
    packed, _ = _packed([[(b"this is what a caller says", 1, 2)]])

    with pytest.raises(BadInput, match=says):
        unpacked(damage(packed))


def test_a_copy_from_before_the_beginning_is_refused() -> None:
    packer = _Packer()
    packer.bits(0, 2)
    for _ in range(3):
        packer.codes()
    packer.bits(2, 16)
    for number in (0, 9, 0):  # no literals, ten bytes back, two bytes
        packer.number(number)
    head = struct.pack(">4sIIHHBB", b"RNC\1", 2, len(packer.out), 0, 0, 0, 1)

    with pytest.raises(BadInput):
        unpacked(head + bytes(packer.out))
