"""Callbacks as API clients see them. Fields are only ever added."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CallbackState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class CallbackOutcome(StrEnum):
    """How it ended."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NOT_WANTED = "not_wanted"


class Callback(BaseModel):
    """Somebody wants to be called. The number was read back to them."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    call_id: str
    requested_at: datetime
    number: str = Field(description="Personal data.")
    reason: Literal["asked", "closed", "unreached"]
    intent: str = Field(description="What it is about; empty without consent to keep words. Personal data.")
    state: CallbackState
    outcome: str
    closed_at: datetime | None
    closed_by: str


class CallbackClosing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    outcome: CallbackOutcome
