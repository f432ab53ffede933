"""Exports as API clients see them. Fields are only ever added."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from voiceagent.api.one_line import ONE_LINE
from voiceagent.api.resources.erasure_requests.schemas import Person
from voiceagent.compliance.vcon.profile import VconProfile
from voiceagent.records.erasure_values import IdentityCheck
from voiceagent.records.export_values import Channel, ExportKind, ExportState

# One line: it is told on terminals, and Postgres holds no NUL


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("there is no such time in UTC") from error


_Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class CallFilter(BaseModel):
    """Which calls. Of a person's export it is empty: `subject` says what may be said."""

    model_config = ConfigDict(extra="forbid")

    call_id: str = Field("", max_length=64, pattern=r"^[A-Za-z0-9_-]*$")
    since: _Time | None = Field(None, description="Calls that began then or later.")
    until: _Time | None = Field(None, description="Calls that began before then; now when it is left out.")
    everything: bool = Field(default=False, description="Say so when every call of the tenant is meant.")


class ExportFilter(CallFilter):
    """Which calls: one, those that began in a span of time, all, or those of one person (kind `dsar` only)."""

    subject: Person | None = Field(None, description="Whose calls.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = (bool(self.call_id), bool(self.since or self.until), self.everything, self.subject is not None)
        if sum(said) != 1:
            raise ValueError("say which calls: one of call_id, since/until, everything=true, or subject")
        return self


class NewExport(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: ExportKind = Field(description="`bulk` has to be approved by a second person.")
    filter: ExportFilter
    purpose: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=ONE_LINE)
    ] = Field(description="Why; it is written into the package.")
    organisation: str = Field(
        "", max_length=200, pattern=ONE_LINE, description="Who answers the calls, as it shall read in the vCons."
    )
    media: bool = Field(default=True, description="With the recordings.")
    vcon_profile: VconProfile = VconProfile.V0_4_0
    mute_masked: bool = Field(
        default=False, description="Recordings are silent where words were masked; without any for words kept raw."
    )
    parquet: bool = Field(default=False, description="With the tables as Parquet, too.")
    identity_check: IdentityCheck | None = Field(
        None, description="Of kind `dsar`: how you made sure that it is this person who asks."
    )
    deliver_by: Channel | None = Field(
        None, description="Of kind `dsar`: how they get it, on a way that you knew before they asked."
    )
    received_at: AwareDatetime | None = Field(None, description="Of kind `dsar`: when they asked; default: now.")
    mask_other_voices: bool = Field(
        default=False, description="Of kind `dsar`: recordings in which only the person is heard."
    )

    @model_validator(mode="after")
    def _is_about_a_person_or_not(self) -> Self:
        told = self.identity_check is not None
        if (self.kind is ExportKind.DSAR) != (self.filter.subject is not None):
            raise ValueError("an export of kind dsar, and no other, takes filter.subject: whose data it is")
        if (self.kind is ExportKind.DSAR) != told:
            raise ValueError("say with identity_check, for kind dsar only, how you know that this person asks")
        if (self.kind is ExportKind.DSAR) != (self.deliver_by is not None):
            raise ValueError("say with deliver_by, for kind dsar only, how they get it: on a way known before")
        if self.kind is not ExportKind.DSAR and (self.received_at or self.mask_other_voices):
            raise ValueError("received_at and mask_other_voices belong to exports of kind dsar")
        return self


class ExportSubject(BaseModel):
    """What is shown of a person whose data was asked for: no name of theirs."""

    numbers: int
    call_ids: int = Field(description="How many calls were named by their ids.")
    identity_check: IdentityCheck
    received_at: datetime
    due_at: datetime = Field(description="A month after it was received (Art. 12(3) GDPR).")
    mask_other_voices: bool
    deliver_by: Channel | None = None
    opens_at: datetime | None = Field(
        None, description="The package may be taken from then on. Until then the person can say it was not them."
    )


class Download(BaseModel):
    at: datetime
    by: str = Field(description="A user or an API key.")
    via: Literal["key", "link"]


class Export(BaseModel):
    """`asked` until a second person approves, `waiting`, `running`, then `ready` until `expires_at`; or `failed`."""

    id: str
    kind: ExportKind
    state: ExportState
    filter: CallFilter
    subject: ExportSubject | None
    media: bool
    mute_masked: bool
    parquet: bool
    vcon_profile: str
    organisation: str
    purpose: str
    requested_by: str
    requested_at: datetime
    approved_by: str
    approved_at: datetime | None
    ended_at: datetime | None
    counts: dict[str, int] = Field(description="Rows a table, calls in range and left out, once it is ready.")
    manifest_sha256: str = Field(description="Of manifest.json in the package.")
    size_bytes: int
    expires_at: datetime | None = Field(description="Then the package is deleted.")
    problem: str = Field(description="Why it failed, or does not seem to go on.")
    download_count: int
    downloads: list[Download] = Field(description="The newest hundred; the audit log has all.")


class NewLink(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lifetime_s: Annotated[int, Field(ge=1, le=900)] = 900


class Link(BaseModel):
    """Opens the package without a key; whoever has it may. Each download through it is told of the key that made it."""

    path: str = Field(description="To be put behind the API's base URL.")
    expires_at: datetime
