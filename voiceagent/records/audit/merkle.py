"""Merkle trees as RFC 6962 section 2.1 and RFC 9162 section 2.1 define them: roots, proofs and their verification.

All hashes are 32 bytes of SHA-256. Leaves and nodes are hashed with different first bytes, so that no node can be
passed off as a leaf.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree, kept as the roots of its complete subtrees: log2(size) hashes, whatever the size."""

    def __init__(self, size: int = 0, hashes: bytes = b"") -> None:
        """As `size` and `hashes` were of another. Raises ValueError when they do not belong together."""
        if len(hashes) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")
        self.size = size
        self._roots = [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]

    def push(self, leaf: bytes) -> None:
        """Add the hash of a leaf at the right."""
        roots, carry = self._roots, self.size
        while carry & 1:
            leaf = sha256(b"\x01" + roots.pop() + leaf).digest()
            carry >>= 1
        roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._roots:
            return EMPTY_ROOT
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root

    @property
    def hashes(self) -> bytes:
        """The subtrees' roots, the largest first."""
        return b"".join(self._roots)


class MerkleTree:
    """All leaves, for proofs; some 130 bytes of memory a leaf."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        """`leaves` are hashes of leaves."""
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            self._levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])

    def __len__(self) -> int:
        return len(self._levels[0])

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves; of all without it. Raises ValueError."""
        size = self._checked(len(self) if size is None else size)
        return self._root(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int) -> Sequence[bytes]:
        """That leaf `index`, counted from 0, is in the tree of the first `size` (RFC 9162, 2.1.3.1)."""
        if not 0 <= index < self._checked(size):
            raise ValueError(f"there is no leaf {index} in a tree of {size}")
        path, begin, end = [], 0, size
        while end - begin > 1:
            middle = begin + _split(end - begin)
            if index < middle:
                path.append(self._root(middle, end))
                end = middle
            else:
                path.append(self._root(begin, middle))
                begin = middle
        return path[::-1]

    def consistency_proof(self, first: int, second: int) -> Sequence[bytes]:
        """That the tree of `second` leaves begins with the one of `first` (RFC 9162, 2.1.4.1)."""
        if not 0 <= first <= self._checked(second):
            raise ValueError(f"a tree of {second} does not begin with one of {first}")
        if first in {0, second}:
            return []
        path, begin, end, whole = [], 0, second, True
        while first < end:
            middle = begin + _split(end - begin)
            if first <= middle:
                path.append(self._root(middle, end))
                end = middle
            else:
                path.append(self._root(begin, middle))
                begin, whole = middle, False
        return path[::-1] if whole else [self._root(begin, end), *path[::-1]]

    def _root(self, begin: int, end: int) -> bytes:
        """Of the leaves `begin` to `end`, at least one, where `begin` is where a subtree of that size may begin."""
        count = end - begin
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._levels[level][begin >> level]
        middle = begin + _split(count)
        return node_hash(self._root(begin, middle), self._root(middle, end))

    def _checked(self, size: int) -> int:
        if not 0 <= size <= len(self):
            raise ValueError(f"this tree has {len(self)} leaves, not {size}")
        return size


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that `leaf` is number `index` of the `size` below `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree `second` only added to the tree `first` (RFC 9162, 2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first in {0, second}:
        return not proof and first_root == (second_root if first else EMPTY_ROOT)
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, step)
        place, last = place >> 1, last >> 1
    return last == 0 and older == first_root and newer == second_root


def _split(count: int) -> int:
    """The largest power of two below `count`, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1
