"""Audit events as API clients see them. Fields are only ever added."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class AuditActor(BaseModel):
    type: str = Field(description="api_key, operator, system or anonymous.")
    id: str
    auth: str


class AuditObject(BaseModel):
    type: str
    id: str


class AuditEvent(BaseModel):
    """One act. `seq` counts from 1 without gaps; `leaf` is the entry's hash in the Merkle tree of the tenant's log."""

    seq: int
    at: datetime
    actor: AuditActor
    action: str
    object: AuditObject
    purpose: str
    result: str
    reason: str
    request_id: str
    commitment: str = Field(description="SHA-256 of a salt and the details, in hexadecimal.")
    prev: str = Field(description="`leaf` of the event before.")
    leaf: str
    details: dict[str, Any] | None = Field(description="Personal data; null once erased.")
