"""Erasure of one person's data as it is stored: requests, what was found, what is gone. Frozen values."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from voiceagent.core.content_class import ContentClass

ERASE: Final = "erase"  # the job that goes on with a request
Counts = dict[str, int]  # for the audit log


class Step(IntEnum):
    """How far a request is: the last step that was done and noted."""

    INTAKE = 1
    RESOLVE = 2  # which calls
    FREEZE = 3  # nobody reads them any more
    EVALUATE = 4  # what goes, what must stay, and why
    SHRED = 5  # keys of recordings
    DELETE = 6  # files and rows
    NOTIFY = 7  # other systems
    TOMBSTONE = 8  # what a restored backup is held against
    VERIFY = 9  # nothing is left of what was erased
    RECEIPT = 10


class IdentityCheck(StrEnum):
    """How whoever took the request knows who asked. A caller's number alone proves nothing, so it is none of these."""

    KNOWLEDGE = "knowledge"  # things that only the person knows
    ONE_TIME_CODE = "one_time_code"  # sent to the number
    DOCUMENT = "document"
    IN_PERSON = "in_person"


class Fate(StrEnum):
    """What has become of one class of one call."""

    FOUND = "found"
    FROZEN = "frozen"
    DUE = "due"
    SHREDDED = "shredded"  # its keys are destroyed, its files are still to go
    RESTRICTED = "restricted"  # kept because it must be; nobody reads it
    KEPT = "kept"  # evidence that the law wants kept, and read: of consent
    ERASED = "erased"


OBJECT_LOCK: Final = "object_lock"  # why something is restricted: its keys are destroyed, its store keeps the file
HIDDEN: Final = (Fate.FROZEN, Fate.DUE, Fate.SHREDDED, Fate.RESTRICTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The person's numbers under a key of their own, which the tenant's wrapping key `kek_id` wraps."""

    kek_id: str
    key: bytes
    names: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest:
    """`sealed` is None once nothing is searched for any more. `receipt`: the signed file, "" until there is one."""

    id: str
    state: str  # asked | running | restricted | done
    step: Step
    identity_check: IdentityCheck
    received_at: datetime
    due_at: datetime
    asked_by: str
    asked_at: datetime
    approved_by: str
    approved_at: datetime | None
    completed_at: datetime | None
    receipt: str
    receipt_sha256: str
    sealed: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureItem:
    """One class of one call. `reason` and `source` name the rule that won, `until` when what is kept goes."""

    call_id: str
    content_class: ContentClass
    fate: Fate
    reason: str = ""
    source: str = ""
    until: datetime | None = None
    erased_at: datetime | None = None

    @property
    def is_locked(self) -> bool:
        """Unreadable for good, in a file that its store does not let go of yet."""
        return self.fate is Fate.RESTRICTED and self.reason == OBJECT_LOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class FateCount:
    """So many items of a class have that fate for that reason; `until` is the latest of them."""

    content_class: ContentClass
    fate: Fate
    reason: str
    source: str
    until: datetime | None
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """That something was erased: ids of ours, nothing about the person."""

    tenant_id: str
    request_id: str
    call_id: str
    content_class: ContentClass
    at: datetime
    method: str  # shred_and_delete | shred | delete | pseudonymise
    key_ids: tuple[str, ...] = ()
