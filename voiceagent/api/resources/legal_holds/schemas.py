"""Legal holds as API clients see them. Fields are only ever added."""

from datetime import datetime
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from voiceagent.api.one_line import ONE_LINE
from voiceagent.api.resources.retention.schemas import ClassName, Tag

# They are told on terminals, and Postgres holds no NUL; a reason may have several lines
_TEXT: Final = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$"


class HoldSelector(BaseModel):
    """Which calls, of the past and to come: all that is given must apply."""

    model_config = ConfigDict(extra="forbid")

    call_id: str = Field("", max_length=64)
    caller: str = Field("", max_length=128, description="The other side's number. Personal data.")
    number: str = Field("", max_length=64, description="A number of ours.")
    profile: str = Field("", max_length=128)
    tag: Tag | Literal[""] = ""


class NewHold(BaseModel):
    model_config = ConfigDict(extra="forbid")

    matter: str = Field(
        min_length=1, max_length=200, pattern=ONE_LINE, description="What it is about, such as a file number."
    )
    selector: HoldSelector
    classes: list[ClassName] = Field(
        default=["audio", "transcript", "tool", "metadata", "consent"], min_length=1, description="Default: all."
    )
    reason: str = Field(min_length=1, max_length=2000, pattern=_TEXT, description="May be personal data.")
    everything: bool = Field(default=False, description="Say so when the hold is meant for every call of the tenant.")

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if any(self.selector.model_dump().values()) == self.everything:
            raise ValueError("name the calls in the selector, or set everything to true for all calls; not both")
        return self


class Hold(BaseModel):
    """`active` until two people have agreed to release it: one who asks, another who approves."""

    id: str
    state: Literal["active", "release_asked", "released"]
    matter: str
    selector: HoldSelector
    classes: list[ClassName]
    reason: str
    placed_by: str = Field(description="A user or an API key.")
    placed_at: datetime
    release_asked_by: str
    release_asked_at: datetime | None
    approved_by: str
    released_at: datetime | None
