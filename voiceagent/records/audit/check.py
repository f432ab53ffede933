"""Verifies one log, entry by entry, against what was signed over it. Pure; memory does not grow with the log.

It stops at the first entry that is wrong: what follows from there proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Final

import msgspec

from voiceagent.records.audit.entry import NO_ENTRY, AuditEntry, commitment
from voiceagent.records.audit.merkle import Frontier
from voiceagent.records.audit.note import Checkpoint

VERIFIED: Final = "audit.verified"  # the action of a verification


class Verdict(IntEnum):
    """What is wrong; also the exit code of `voiceagent audit verify`."""

    OK = 0
    TAMPERED = 1  # an entry, or what is left of its details, is not what was written
    GAP = 2  # entries are missing, in the middle or at the end
    UNPROVEN = 3  # nothing trustworthy was signed: an anchor, a signature or a key is missing
    UNREADABLE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`seq` is the first entry it is about, 0 for none."""

    verdict: Verdict
    seq: int
    what: str


class StoredEntry(msgspec.Struct, frozen=True):
    """An entry as read, with the hash stored beside it and its details, which are None once erased."""

    entry: AuditEntry
    leaf: bytes
    salt: bytes | None
    details: str | None


class LogCheck:
    """Feed it the entries in order of their seq, then ask for the findings."""

    def __init__(self, checkpoints: Sequence[Checkpoint]) -> None:
        """`checkpoints` are of this log, with signatures that were found to be right."""
        by_size = sorted(checkpoints, key=lambda checkpoint: checkpoint.size)
        self._due = {checkpoint.size: checkpoint for checkpoint in by_size if checkpoint.size}
        self._next = sorted(self._due, reverse=True)
        self._frontier = Frontier()
        self._leaf = NO_ENTRY
        self._findings: list[Finding] = []
        self._holds_acts = False
        self.agreed_size = 0
        self.erased = 0
        for one, other in pairwise(by_size):
            if one.size == other.size and one.root != other.root:
                self._find(Verdict.TAMPERED, one.size, f"two different logs of {one.size} entries were signed: a fork")

    @property
    def size(self) -> int:
        """Entries found to be right."""
        return self._frontier.size

    @property
    def root(self) -> bytes:
        """Over the entries found to be right."""
        return self._frontier.root()

    @property
    def findings(self) -> Sequence[Finding]:
        return tuple(self._findings)

    def trust(self, leaf: bytes, seq: int) -> bool:
        """Take an entry before a checkpoint that somebody kept, by its hash alone; False when there is no need of more.

        The checkpoint's signature covers the hashes, so wrong ones are found there.
        """
        if seq != self.size + 1:
            return self._find(Verdict.GAP, self.size + 1, _missing(self.size + 1, seq - 1))
        return self._add(leaf)

    def take(self, stored: StoredEntry) -> bool:
        """Verify the next entry; False when there is no need of more."""
        entry = stored.entry
        seq, expected = entry.seq, self.size + 1
        if seq != expected:
            return self._find(Verdict.GAP, expected, _missing(expected, seq - 1))
        if entry.prev != self._leaf:
            return self._find_broken_link(stored)
        leaf = entry.leaf()
        if leaf != stored.leaf:
            return self._find(Verdict.TAMPERED, seq, f"entry {seq} was changed: it has another hash than the stored")
        self._holds_acts |= entry.action != VERIFIED
        if stored.details is None or stored.salt is None:
            self.erased += 1
        elif commitment(stored.salt, stored.details) != entry.commitment:
            return self._find(Verdict.TAMPERED, seq, f"the details of entry {seq} are not those that were committed to")
        return self._add(leaf)

    def finish(self) -> Sequence[Finding]:
        """After the last entry: all that was found."""
        stopped = any(finding.verdict in {Verdict.TAMPERED, Verdict.GAP} for finding in self._findings)
        if not stopped and self._next and self._next[0] > self.size:
            self._find(Verdict.GAP, self.size + 1, f"the log ends early: {_missing(self.size + 1, self._next[0])}")
        if not stopped and not self._due and self._holds_acts:  # runs like this one are as good as nothing
            self._find(Verdict.UNPROVEN, 0, "no checkpoint covers this log: nothing shows that it was not rewritten")
        return self.findings

    def _add(self, leaf: bytes) -> bool:
        self._frontier.push(leaf)
        self._leaf = leaf
        if self._next and self._next[-1] == self._frontier.size:
            return self._compare(self._due[self._next.pop()])
        return True

    def _compare(self, checkpoint: Checkpoint) -> bool:
        if checkpoint.root != self._frontier.root():
            first = self.agreed_size + 1
            return self._find(
                Verdict.TAMPERED,
                first,
                f"entries {first} to {checkpoint.size} are not those that were signed: the log was rewritten",
            )
        self.agreed_size = checkpoint.size
        return True

    def _find_broken_link(self, stored: StoredEntry) -> bool:
        seq = stored.entry.seq
        if seq > 1 and stored.entry.leaf() == stored.leaf:
            what = f"entry {seq} names another entry before it than {seq - 1} is now: one of the two was changed"
            return self._find(Verdict.TAMPERED, seq - 1, what)
        return self._find(Verdict.TAMPERED, seq, f"entry {seq} was changed: it does not name the entry before it")

    def _find(self, verdict: Verdict, seq: int, what: str) -> bool:
        self._findings.append(Finding(verdict=verdict, seq=seq, what=what))
        return False


def _missing(first: int, last: int) -> str:
    if last < first:
        return f"entry {last} is there twice"
    return f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"


def exit_code(findings: Sequence[Finding]) -> int:
    """The gravest: what was tampered with comes before what is missing, and that before what is not proven."""
    return min((finding.verdict for finding in findings), default=Verdict.OK)
