"""How much fits in, as API clients see it. Fields are only ever added."""

from pydantic import BaseModel, Field


class Worker(BaseModel):
    """A process that runs the interaction model."""

    id: str
    slots: int = Field(description="Calls that it can hold at once.")
    slots_used: int
    draining: bool = Field(description="It takes no new calls.")
    version: str


class Room(BaseModel):
    """Of a kind of place that each call needs one of."""

    total: int
    used: int
    free: int = Field(description="For new calls: what drains has none.")


class Capacity(BaseModel):
    """Of the whole installation, all tenants together. A call needs a slot, and a line of its own kind of gateway."""

    slots: Room
    sip_lines: Room
    webrtc_lines: Room
    workers: int
    gateways: int
