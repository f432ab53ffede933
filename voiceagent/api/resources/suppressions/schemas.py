"""Do-not-call entries and lists as API clients see them. Fields are only ever added."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from voiceagent.api.resources.outbound.schemas import Campaign, Number

Version = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.:-]+$")]


class SuppressionSource(StrEnum):
    """How they asked."""

    SPOKEN = "spoken"
    KEYED = "keyed"
    WRITTEN = "written"
    WEB = "web"
    OTHER = "other"


class LiftReason(StrEnum):
    """Why an entry no longer counts. A list of its own, so that no personal data is written into it."""

    ENTERED_BY_MISTAKE = "entered_by_mistake"
    ASKED_TO_BE_CALLED = "asked_to_be_called"


class SuppressionBody(BaseModel):
    """Somebody does not want to be called."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    campaign: Campaign | None = Field(None, description="Null: all campaigns.")
    source: SuppressionSource
    call_id: str = Field("", max_length=64, pattern=r"^[A-Za-z0-9_-]*$", description="The call in which they asked.")


class SuppressionSearch(BaseModel):
    """A number is not written into addresses, which are logged on the way."""

    model_config = ConfigDict(extra="forbid")

    number: Number


class Suppression(BaseModel):
    """An entry; its number is not shown, since it is not kept. `lifted_at` is null while it counts."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    list: str
    campaign: str
    source: str
    call_id: str
    requested_at: datetime
    lifted_at: datetime | None
    lift_reason: str


class ListedNumbers(BaseModel):
    """A part of a version of a list from outside."""

    model_config = ConfigDict(extra="forbid")

    version: Version
    numbers: list[Number] = Field(min_length=1, max_length=3000)


class ListCompletion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Version


class DncList(BaseModel):
    """A list from outside. Telemarketing is refused when it was loaded longer ago than the rules allow."""

    model_config = ConfigDict(from_attributes=True)

    list: str
    version: str
    loaded_at: datetime
    rows: int
