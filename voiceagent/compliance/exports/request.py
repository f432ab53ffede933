"""What was asked for. It is kept in the manifest, so that the same package can be made again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any, Final

from voiceagent.compliance.canonical import rfc3339
from voiceagent.compliance.vcon.profile import VconProfile
from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId, TenantId
from voiceagent.records.repositories.dossiers import CallRange

_EXPORT_ID: Final = re.compile(r"exp_[0-9A-Za-z]{1,40}")

NO_PARQUET: Final = "Parquet needs pyarrow: pip install 'voiceagent[parquet]', or ask for the export without it"


def parquet_is_there() -> bool:
    """Whether the extra that writes it is installed."""
    return find_spec("pyarrow") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSubject:
    """The person whose data was asked for: their numbers, and calls that have none. PII.

    `identity_check`: how it was made sure that they asked. `received_at`: when they did.
    """

    numbers: tuple[str, ...]
    call_ids: tuple[str, ...]
    identity_check: str
    received_at: datetime
    mask_other_voices: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Calls that began at `since` or later and before `until`, of one tenant; or the one call `call_id`; or those of
    the person `subject`.

    `created_at` is when it was asked for, to the millisecond, and the only time of today in a package.
    `parquet`: the tables in that form, too. `mute_masked`: turns are silent in recordings whose words were masked.
    `kind`: dsar, audit, litigation or bulk. `approver`: who agreed, where two people have to.
    """

    export_id: str
    tenant_id: TenantId
    organisation: str
    requester: str
    purpose: str
    created_at: datetime
    until: datetime
    since: datetime | None = None
    call_id: CallId | None = None
    media: bool = True
    profile: VconProfile = VconProfile.V0_4_0
    kind: str = "audit"
    approver: str = ""
    subject: DataSubject | None = None
    parquet: bool = False
    mute_masked: bool = False

    @property
    def within(self) -> CallRange:
        return CallRange(since=self.since, until=self.until, call_id=self.call_id)


def to_data(request: ExportRequest) -> dict[str, Any]:
    """As JSON values; `from_data` reads them."""
    return {
        "export_id": request.export_id,
        "tenant": request.tenant_id,
        "organisation": request.organisation,
        "kind": request.kind,
        "requester": request.requester,
        "approver": request.approver,
        "purpose": request.purpose,
        "created_at": rfc3339(request.created_at),
        "since": None if request.since is None else rfc3339(request.since),
        "until": rfc3339(request.until),
        "call_id": request.call_id,
        "media": request.media,
        "vcon_profile": request.profile.value,
        **({} if request.subject is None else {"subject": _subject_data(request.subject)}),
        **({"parquet": True} if request.parquet else {}),
        **({"mute_masked": True} if request.mute_masked else {}),
    }


def from_data(data: Mapping[str, Any]) -> ExportRequest:
    """Raises BadInput."""
    try:
        if _EXPORT_ID.fullmatch(data["export_id"]) is None:
            raise BadInput("this is no request of an export: its id is none of ours")  # it names the file
        return ExportRequest(
            export_id=data["export_id"],
            tenant_id=TenantId(data["tenant"]),
            organisation=data["organisation"],
            requester=data["requester"],
            purpose=data["purpose"],
            created_at=datetime.fromisoformat(data["created_at"]),
            since=None if data["since"] is None else datetime.fromisoformat(data["since"]),
            until=datetime.fromisoformat(data["until"]),
            call_id=None if data["call_id"] is None else CallId(data["call_id"]),
            media=data["media"],
            profile=VconProfile(data["vcon_profile"]),
            kind=data.get("kind", "audit"),
            approver=data.get("approver", ""),
            subject=_subject(data["subject"]) if data.get("subject") else None,
            parquet=data.get("parquet", False) is True,
            mute_masked=data.get("mute_masked", False) is True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"this is no request of an export: {error}") from error


def _subject_data(subject: DataSubject) -> dict[str, Any]:
    return {
        "numbers": list(subject.numbers),
        "call_ids": list(subject.call_ids),
        "identity_check": subject.identity_check,
        "received_at": rfc3339(subject.received_at),
        "mask_other_voices": subject.mask_other_voices,
    }


def _subject(data: Mapping[str, Any]) -> DataSubject:
    return DataSubject(
        numbers=tuple(data["numbers"]),
        call_ids=tuple(data["call_ids"]),
        identity_check=data["identity_check"],
        received_at=datetime.fromisoformat(data["received_at"]),
        mask_other_voices=data["mask_other_voices"],
    )
