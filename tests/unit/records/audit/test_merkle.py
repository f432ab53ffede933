"""Against the definitions of RFC 9162, section 2.1, written down word for word."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given, strategies as st

from voiceagent.records.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    MerkleTree,
    is_consistent,
    is_included,
    leaf_hash,
)

LEAVES = [leaf_hash(str(number).encode()) for number in range(130)]
TREE = MerkleTree(LEAVES)


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, over leaves that are hashed already."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = max(2**power for power in range(20) if 2**power < len(leaves))
    return sha256(b"\x01" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


sizes = st.integers(0, len(LEAVES))


@given(sizes)
def test_the_root_is_the_one_that_is_defined(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.push(leaf)

    assert frontier.root() == TREE.root(size) == defined_root(LEAVES[:size])


def test_the_known_roots_of_certificate_transparency_come_out() -> None:
    """The test vectors of github.com/google/certificate-transparency, which other logs are tested with."""
    data = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43"]
    tree = MerkleTree(leaf_hash(one) for one in data)

    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert tree.root(1).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert tree.root(2).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert tree.root(3).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert tree.root(6).hex() == "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"


@given(sizes, sizes)
def test_a_frontier_goes_on_where_it_was_kept(size: int, more: int) -> None:
    kept = Frontier()
    for leaf in LEAVES[:size]:
        kept.push(leaf)

    again = Frontier(kept.size, kept.hashes)
    for leaf in LEAVES[:more]:
        again.push(leaf)

    assert again.root() == defined_root(LEAVES[:size] + LEAVES[:more])


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="complete subtrees"):
        Frontier(3, bytes(32))


@given(st.data(), st.integers(1, len(LEAVES)))
def test_every_leaf_can_be_shown_to_be_in_the_tree(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))

    proof = TREE.inclusion_proof(index, size)

    assert is_included(LEAVES[index], index, size, proof, TREE.root(size))
    assert len(proof) <= (size - 1).bit_length()


@given(st.data(), st.integers(2, len(LEAVES)))
def test_no_proof_of_another_leaf_place_size_or_root_is_taken(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = TREE.inclusion_proof(index, size), TREE.root(size)
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index))

    assert not is_included(LEAVES[other], index, size, proof, root)
    assert not is_included(LEAVES[index], other, size, proof, root)
    assert not is_included(LEAVES[index], index, size, proof, TREE.root(size - 1))
    assert not is_included(LEAVES[index], index, size, proof[:-1], root)
    assert not is_included(LEAVES[index], index, size, [*proof, root], root)


@given(st.data(), sizes)
def test_a_later_tree_can_be_shown_to_begin_with_an_earlier_one(data: st.DataObject, second: int) -> None:
    first = data.draw(st.integers(0, second))

    proof = TREE.consistency_proof(first, second)

    assert is_consistent(first, TREE.root(first), second, TREE.root(second), proof)


@given(st.data(), st.integers(2, len(LEAVES)))
def test_a_tree_in_which_an_early_leaf_is_another_is_not_consistent(data: st.DataObject, second: int) -> None:
    first = data.draw(st.integers(1, second))
    changed = data.draw(st.integers(0, first - 1))
    rewritten = MerkleTree([*LEAVES[:changed], leaf_hash(b"another"), *LEAVES[changed + 1 :]])
    proof = rewritten.consistency_proof(first, second)

    assert not is_consistent(first, TREE.root(first), second, rewritten.root(second), proof)
    assert not is_consistent(first, TREE.root(first), second, rewritten.root(second), proof[:-1])


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="no leaf 5"):
        TREE.inclusion_proof(5, 5)
    with pytest.raises(ValueError, match="does not begin"):
        TREE.consistency_proof(6, 5)
    with pytest.raises(ValueError, match="130 leaves"):
        TREE.root(131)
    assert not is_included(LEAVES[0], 0, 0, [], EMPTY_ROOT)
    assert not is_consistent(3, TREE.root(3), 2, TREE.root(2), [])
    assert not is_consistent(3, TREE.root(3), 5, TREE.root(5), [])
