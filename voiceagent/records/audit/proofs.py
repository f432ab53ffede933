"""That entries are in a log that was signed: inclusion proofs (RFC 9162, 2.1.3) under one checkpoint."""

from collections.abc import Iterable, Sequence

from voiceagent.records.audit.merkle import MerkleTree
from voiceagent.records.audit.note import read_unverified


class LogProofs:
    """`note` is the signed checkpoint, `leaves` the hashes of all entries below it: some 130 bytes of memory each."""

    def __init__(self, note: str, leaves: Iterable[bytes]) -> None:
        """Raises NotANote."""
        self.note = note
        self.checkpoint = read_unverified(note)
        self._tree = MerkleTree(leaves)
        # Whether the log still is what was signed: otherwise there is nothing to prove
        self.agrees = len(self._tree) == self.checkpoint.size and self._tree.root() == self.checkpoint.root

    def of(self, seq: int) -> Sequence[bytes]:
        """The path from entry `seq`, counted from 1, to the root. Raises ValueError."""
        return self._tree.inclusion_proof(seq - 1, self.checkpoint.size)
