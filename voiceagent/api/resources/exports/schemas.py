"""Exports as API clients see them. Fields are only ever added."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from voiceagent.compliance.vcon.profile import VconProfile
from voiceagent.records.export_values import ExportKind, ExportState

# One line: it is told on terminals, and Postgres holds no NUL
_LINE: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("there is no such time in UTC") from error


_Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class ExportFilter(BaseModel):
    """Which calls: one, those that began in a span of time, or all."""

    model_config = ConfigDict(extra="forbid")

    call_id: str = Field("", max_length=64, pattern=r"^[A-Za-z0-9_-]*$")
    since: _Time | None = Field(None, description="Calls that began then or later.")
    until: _Time | None = Field(None, description="Calls that began before then; now when it is left out.")
    everything: bool = Field(default=False, description="Say so when every call of the tenant is meant.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if sum([bool(self.call_id), bool(self.since or self.until), self.everything]) != 1:
            raise ValueError("say which calls: one of call_id, since/until, or everything=true")
        return self


class NewExport(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: ExportKind = Field(description="`bulk` has to be approved by a second person.")
    filter: ExportFilter
    purpose: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=_LINE)] = (
        Field(description="Why; it is written into the package.")
    )
    organisation: str = Field(
        "", max_length=200, pattern=_LINE, description="Who answers the calls, as it shall read in the vCons."
    )
    media: bool = Field(default=True, description="With the recordings.")
    vcon_profile: VconProfile = VconProfile.V0_4_0


class Download(BaseModel):
    at: datetime
    by: str = Field(description="A user or an API key.")
    via: Literal["key", "link"]


class Export(BaseModel):
    """`asked` until a second person approves, `waiting`, `running`, then `ready` until `expires_at`; or `failed`."""

    id: str
    kind: ExportKind
    state: ExportState
    filter: ExportFilter
    media: bool
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
