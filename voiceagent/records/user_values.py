"""People who use the API, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here for; what it opens is in `compliance.roles`."""

    TENANT_ADMIN = "tenant_admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"
    INTEGRATOR = "integrator"  # of keys only: a system, not a person


class RolesFrom(StrEnum):
    """Who says which roles a user has: an administrator here, or the groups that the identity provider tells."""

    HERE = "here"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who somebody is: a `subject` of an `issuer`, or an address until they first sign in. `name` is for lists. PII."""

    issuer: str = ""
    subject: str = ""
    email: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person. `issuer` and `subject` name them at the identity provider, "" until they first came; `email` and
    `name` are PII."""

    id: str
    tenant_id: str
    issuer: str
    subject: str
    email: str
    name: str
    roles: frozenset[Role]
    roles_from: RolesFrom
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    last_seen_at: datetime | None
