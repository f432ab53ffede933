"""Requests for erasure as API clients see them. Fields are only ever added; what names the person is never shown."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from voiceagent.api.resources.retention.schemas import ClassName
from voiceagent.records.erasure_values import IdentityCheck

Number = Annotated[str, Field(min_length=1, max_length=128)]
ErasableCall = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Person(BaseModel):
    """Whose calls. Personal data: it is sealed, and never shown again."""

    model_config = ConfigDict(extra="forbid")

    numbers: list[Number] = Field(
        default=[], max_length=50, description="Every number of the person, best as +49301234567."
    )
    call_ids: list[ErasableCall] = Field(
        default=[], max_length=500, description="Calls without a number, such as those from a browser."
    )

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not self.numbers and not self.call_ids:
            raise ValueError("name the person by numbers, or calls by call_ids")
        return self


class NewErasureRequest(Person):
    identity_check: IdentityCheck = Field(description="How you made sure that it is this person who asks.")
    received_at: AwareDatetime | None = Field(default=None, description="When the person asked; default: now.")


class FateCounts(BaseModel):
    """So many calls of which the class has that fate."""

    content_class: ClassName
    fate: Literal["found", "frozen", "due", "shredded", "restricted", "kept", "erased"]
    reason: str = Field(description="The rule that won, such as legal_hold or subject_erasure.")
    source: str = Field(description="Which hold, or the law that a minimum comes from.")
    until: datetime | None = Field(description="When the last of what is kept goes; null under a hold.")
    calls: int


class ErasurePreview(BaseModel):
    """What a request would do now. Nothing has been changed."""

    calls: int
    outcomes: list[FateCounts]


class ErasureRequestOut(BaseModel):
    """`asked` until somebody else approves; `restricted` while something has to be kept, which nobody reads."""

    id: str
    state: Literal["asked", "running", "restricted", "done"]
    step: str = Field(description="The last step that was done.")
    identity_check: IdentityCheck
    received_at: datetime
    due_at: datetime = Field(description="A month after it was received.")
    asked_by: str = Field(description="A user or an API key.")
    asked_at: datetime
    approved_by: str
    approved_at: datetime | None
    completed_at: datetime | None
    receipt_sha256: str = Field(description="Empty until there is a receipt.")


class ErasureRequestDetail(ErasureRequestOut):
    outcomes: list[FateCounts]
