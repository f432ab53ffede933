"""Exports that are asked for over the API, as values, and the numbers that bound them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from voiceagent.core.ids import TenantId

PACKAGE_LIVES: Final = timedelta(days=7)
CANCEL_WINDOW: Final = timedelta(hours=24)  # between a person's request and the first who may take the package
MOST_AT_ONCE: Final = 2  # of one tenant, waiting or running
MOST_ALONE: Final = 1000  # calls; more than that are a bulk export, whatever it is called
MOST_ATTEMPTS: Final = 5
GIVEN_UP_AFTER: Final = timedelta(days=1)  # an export whose job nobody runs any more
DOWNLOADS_TOLD: Final = 100  # of one export; the audit log holds all


class ExportKind(StrEnum):
    DSAR = "dsar"
    AUDIT = "audit"
    LITIGATION = "litigation"
    BULK = "bulk"


class Channel(StrEnum):
    """How a person's package is handed over: each is theirs since before they asked, none is named in the request."""

    KNOWN_NUMBER = "known_number"
    KNOWN_EMAIL = "known_email"
    KNOWN_ADDRESS = "known_address"
    CUSTOMER_ACCOUNT = "customer_account"
    IN_PERSON = "in_person"


class ExportState(StrEnum):
    """`asked`: a second person has to approve it first."""

    ASKED = "asked"
    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"
    DELETED = "deleted"


UNDER_WAY: Final = (ExportState.WAITING, ExportState.RUNNING)
WITH_FILES: Final = (*UNDER_WAY, ExportState.READY)


def needs_approval(kind: ExportKind) -> bool:
    """Whether somebody else has to agree. Packages are not redacted further than the records, and a raw bulk export
    takes two people (compliance spec, section 6.1)."""
    return kind is ExportKind.BULK


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A package that is in its place. `call_ids`: of a person's package the calls in it."""

    counts: dict[str, Any]
    manifest_sha256: str
    size_bytes: int
    call_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredExport:
    """`filter` holds JSON values: what of `ExportRequest` says which calls, and how. `purpose` is free text, PII.

    `downloads`: the newest, each `at`, `by` (a key) and `via` (key or link).
    """

    id: str
    tenant_id: TenantId
    kind: ExportKind
    state: ExportState
    filter: dict[str, Any]
    purpose: str
    requested_by: str
    requested_at: datetime
    approved_by: str
    approved_at: datetime | None
    attempts: int
    begun_at: datetime | None
    ended_at: datetime | None
    counts: dict[str, Any]
    manifest_sha256: str
    size_bytes: int
    expires_at: datetime | None
    problem: str
    download_count: int
    downloads: list[dict[str, str]]

    @property
    def opens_at(self) -> datetime | None:
        """When a person's package may be taken: until then they can say that it was not them who asked."""
        told = self.filter.get("subject", {}).get("opens_at")
        return None if told is None else datetime.fromisoformat(told)
