"""What each role may do: the matrix of the compliance spec, 6.1, as scopes of the API. Pure; deny by default.

docs/roles.md shows it as a table, and the tests ask every endpoint for every role what that table says.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from voiceagent.core.errors import BadInput
from voiceagent.records.export_values import ExportKind
from voiceagent.records.key_rules import (
    CONSENTS_READ,
    EXPORTS_AUDIT,
    EXPORTS_CREATE,
    EXPORTS_RAW,
    KEYS_READ,
    KEYS_WRITE,
    TOOLS_READ,
    USERS_READ,
    USERS_WRITE,
)
from voiceagent.records.user_values import Role

_SETUP_READ: Final = frozenset({"config:read", "webhooks:read", "jobs:read"})
_SETUP: Final = _SETUP_READ | {"config:write", "webhooks:write", "jobs:write"}
_PEOPLE_READ: Final = frozenset({KEYS_READ, USERS_READ})
_RETENTION: Final = frozenset({"retention:read", "retention:write"})
_HOLDS: Final = frozenset({"holds:read", "holds:write"})
# A transfer is known by a reference that comes with the call, so whoever has one has been given the call
_OWN_CALLS: Final = frozenset({"transfers:read"})
_WORDS: Final = frozenset({"calls:read", "campaigns:read", "transfers:read", TOOLS_READ})

_SCOPES: Final[Mapping[Role, frozenset[str]]] = {
    # Runs the house and does not look into calls: no sound, no tool payloads, no transfers
    Role.TENANT_ADMIN: _SETUP
    | _RETENTION
    | _HOLDS
    | _PEOPLE_READ
    | {KEYS_WRITE, USERS_WRITE, "calls:read", "campaigns:read", CONSENTS_READ, "outbound:read", "audit:read"}
    | {"exports:read", EXPORTS_CREATE},
    Role.SUPERVISOR: _SETUP_READ
    | _WORDS
    | {
        "calls:write",
        "campaigns:write",
        "recordings:read",
        CONSENTS_READ,
        "outbound:read",
        "suppressions:add",
        "retention:read",
    }
    | {"exports:read", EXPORTS_CREATE},
    Role.AGENT: _OWN_CALLS | {"suppressions:add", "consents:revoke"},
    Role.AUDITOR: _SETUP_READ
    | _WORDS
    | _PEOPLE_READ
    | {CONSENTS_READ, "outbound:read", "retention:read", "holds:read", "erasures:read", "audit:read"}
    | {"exports:read", EXPORTS_AUDIT},
    Role.PRIVACY_OFFICER: _WORDS
    | _RETENTION
    | _HOLDS
    | {"recordings:read", "audit:read", CONSENTS_READ, "outbound:read", "outbound:write"}
    | {"suppressions:add", "suppressions:lift", "consents:revoke"}
    | {"erasures:read", "erasures:create", "erasures:write"}
    | {"exports:read", EXPORTS_CREATE, EXPORTS_AUDIT, EXPORTS_RAW},
    # The most that a key of a system is for; each key is given less
    Role.INTEGRATOR: _SETUP
    | {
        "calls:read",
        "calls:write",
        "campaigns:read",
        "campaigns:write",
        "outbound:write",
        "suppressions:add",
        "consents:revoke",
    }
    | {"erasures:create", "exports:read", EXPORTS_CREATE},
}


def scopes_of(roles: Iterable[Role]) -> frozenset[str]:
    """All that the roles open together."""
    return frozenset(scope for role in roles for scope in _SCOPES[role])


def roles_of_a_person(names: Iterable[str]) -> frozenset[Role]:
    """Raises BadInput for a role that there is not, or that is not for people."""
    known = {role.value for role in Role if role is not Role.INTEGRATOR}
    wanted = set(names)
    if unknown := wanted - known:
        raise BadInput(f"no role for people: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    if not wanted:
        raise BadInput(f"name at least one role: {', '.join(sorted(known))}; who may do nothing is disabled instead")
    return frozenset(Role(name) for name in wanted)


def scope_of_export(kind: ExportKind, *, media: bool) -> str:
    """What asking for such a package needs, and having it.

    Sound is not redacted, and whose data an answer to a person holds is the privacy officer's business.
    """
    if media or kind is ExportKind.DSAR:
        return EXPORTS_RAW
    return EXPORTS_AUDIT if kind is ExportKind.AUDIT else EXPORTS_CREATE
