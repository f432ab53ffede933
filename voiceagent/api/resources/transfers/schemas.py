"""Transfers as API clients see them. Fields are only ever added."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_PII = "Personal data."


class Fact(BaseModel):
    """What a system was asked and what it said."""

    model_config = ConfigDict(from_attributes=True)

    tool: str
    arguments: dict[str, Any] = Field(description=_PII)
    status: Literal["ok", "error", "timeout", "stopped"]
    result: dict[str, Any] = Field(description=_PII)


class Line(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    speaker: Literal["caller", "agent"]
    text: str = Field(description=_PII)


class Summary(BaseModel):
    """What was known when the caller was put through. Without consent to keep words `withheld` is true, and all is
    empty but a line of `text` with the caller's number."""

    model_config = ConfigDict(from_attributes=True)

    intent: str = Field(description="What the caller wanted. " + _PII)
    slots: dict[str, Any] = Field(description=_PII)
    found: list[Fact]
    changed: list[Fact] = Field(description="Asked for with the caller's yes; the status says whether it worked.")
    last_lines: list[Line]
    withheld: bool
    text: str = Field(description="All of it in lines. " + _PII)


class Transfer(BaseModel):
    """A caller who was put through, as the person who takes the call needs it."""

    model_config = ConfigDict(populate_by_name=True)

    reference: str
    call_id: str
    from_: str = Field(alias="from", description=_PII)
    requested_at: datetime | None
    target: str
    state: Literal["requested", "completed", "failed"]
    sip_code: int | None = Field(description="Of a transfer that failed, where there was an answer.")
    summary: Summary
