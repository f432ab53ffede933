"""A call to be placed, as API clients ask for it. Fields are only ever added."""

from pydantic import BaseModel, Field

from voiceagent.api.resources.outbound.schemas import Line, OutboundDecision, OutboundQuestionBody


class DialBody(OutboundQuestionBody):
    """Call this number now, for this."""

    line: Line
    profile: str = Field("", max_length=64, description="The agent who talks to them. Empty: the one of the line.")
    trunk: str = Field("", max_length=64, description="Over which trunk. Empty: the only one with `outbound`.")


class DialAccepted(BaseModel):
    """It will be dialled within seconds; `GET /v1/calls/{id}` tells what becomes of it."""

    id: str
    status: str = "queued"
    decision: OutboundDecision
