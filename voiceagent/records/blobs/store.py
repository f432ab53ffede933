"""What a store of finished files does, and what it can be relied on for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final, Protocol

ENCRYPTED_SUFFIX: Final = ".enc"


class LockMode(StrEnum):
    """Of an object lock: who may lift it before its time is over."""

    GOVERNANCE = "governance"  # whoever has a right of their own for that
    COMPLIANCE = "compliance"  # nobody, the account's owner included


LEGAL_HOLD: Final = "legal_hold"  # of an object; has no end


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What keeps an object from being deleted: a mode, or a legal hold. `until` is None for a hold."""

    kind: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """How many files went, every version counted, and what had to stay: for each stem the lock that ends last."""

    files: int = 0
    locked: Mapping[str, Lock] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the store was seen to do just now: nothing here is taken from what it says of itself.

    `locks`: the mode in which it refused to delete; None when that was not seen, `why_not` says why.
    """

    versioned: bool = False
    locks: LockMode | None = None
    holds: bool = False
    why_not: str = ""


class BlobStore(Protocol):
    """Keeps encrypted files. A *name* is a relative path; a *place* is what `put` answers with, kept in a row.

    Everything raises ConfigError for settings, credentials or rights that the store does not take, and Unavailable.
    """

    async def put(self, name: str, file: Path) -> str:
        """Take `file` over, whole and on disk; it is gone from there when the place is returned.

        Raises OSError, and leaves `file` where it is when the store does not have all of it.
        """
        ...

    async def open(self, place: str) -> BinaryIO:
        """To be read and sought in by blocking calls, which raise OSError, Unavailable. Raises NotFound."""
        ...

    async def delete(self, stems: Collection[str], *, but: str = "") -> Deleted:
        """Everything whose name begins with one of these, and every version of it; a stem may be a place.

        What is at the place `but` stays, and so does what a lock or a hold is on: that is no error. Harmless when
        repeated. Raises OSError.
        """
        ...

    async def lock(self, place: str, mode: LockMode, until: datetime) -> None:
        """Let nobody delete it before then. Raises ConfigError where the store does not say afterwards that it is."""
        ...

    async def hold(self, place: str, *, on: bool) -> bool:
        """Set or lift a legal hold; False where the store knows none."""
        ...

    async def capabilities(self, mode: LockMode = LockMode.GOVERNANCE) -> Capabilities:
        """Try it out on an object of its own, in that mode of locks. Takes seconds where there is a lock to prove."""
        ...

    def name_of(self, place: str) -> str:
        """The name that it was put under; a place of another store comes back as it is."""
        ...
