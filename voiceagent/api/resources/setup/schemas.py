"""What is configured, as API clients see it: no password is among it. Fields are only ever added."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from voiceagent.records import values


class OutboundPeer(BaseModel):
    """Where calls of ours go over a trunk."""

    address: str
    username: str


class Trunk(BaseModel):
    """A carrier or PBX."""

    id: str
    name: str
    allow: list[str] = Field(description="Networks that it may call from.")
    username: str = Field(description="Of the digest credentials that it has to prove; empty without any.")
    outbound: OutboundPeer | None = Field(description="Null where no call of ours goes over it.")
    updated_at: datetime


class Number(BaseModel):
    """A number of yours."""

    id: str
    number: str
    agent: str = Field(description="The agent profile that answers it.")
    managed_by: Literal["settings", "api"] = Field(description="Who says so: `voiceagent.yaml`, or requests.")
    updated_at: datetime


class NumberBody(BaseModel):
    """Who answers a number."""

    model_config = ConfigDict(extra="forbid")

    agent: str = Field(min_length=1, max_length=100, description="An agent that is configured.")


class AgentVersion(BaseModel):
    """One version of an agent profile. A version never changes: calls name the one that they ran with."""

    id: str
    name: str
    version: int
    sha256: str = Field(description="Of the profile's source.")
    created_at: datetime
    retired_at: datetime | None = Field(description="Since when no settings name it: it answers and places no calls.")


class Agent(AgentVersion):
    """With what it says."""

    profile: dict[str, Any] = Field(description="Every setting of the profile, with those that were not written.")


def trunk_of(stored: values.Trunk) -> Trunk:
    """Only what is named here is shown: settings may hold credentials."""
    settings = stored.settings
    ours = settings.get("outbound")
    peer = OutboundPeer(address=ours.get("address", ""), username=ours.get("username", "")) if ours else None
    return Trunk(
        id=stored.id,
        name=stored.name,
        allow=list(settings.get("allow", ())),
        username=settings.get("username", ""),
        outbound=peer,
        updated_at=stored.updated_at,
    )


def number_of(stored: values.Number) -> Number:
    shown = {"id": stored.id, "number": stored.number, "managed_by": stored.managed_by}
    return Number.model_validate({**shown, "agent": stored.profile, "updated_at": stored.updated_at})


def version_of(stored: values.StoredProfile) -> AgentVersion:
    return AgentVersion(
        id=stored.id,
        name=stored.name,
        version=stored.version,
        sha256=stored.sha256,
        created_at=stored.created_at,
        retired_at=stored.retired_at,
    )


def agent_of(stored: values.StoredProfile) -> Agent:
    return Agent(**version_of(stored).model_dump(), profile=stored.document)
