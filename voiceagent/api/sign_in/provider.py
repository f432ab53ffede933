"""An identity provider as the settings describe it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from voiceagent.core.ids import TenantId
from voiceagent.records.user_values import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvider:
    """Whose tokens are accepted, and for which tenant.

    `audience`: what has to stand in `aud`. `leeway_s`: how far the clocks may be apart. `group_roles`: which group in
    the claim `groups_claim` gives which role; empty where roles are given here. `acr`: of these one is wanted, if any.
    """

    issuer: str
    audience: str
    tenant_id: TenantId
    algorithms: frozenset[str] = frozenset({"RS256", "ES256"})
    leeway_s: int = 60
    groups_claim: str = "groups"
    group_roles: Mapping[str, Role] = field(default_factory=dict)
    acr: frozenset[str] = frozenset()

    def roles_of(self, groups: Collection[str]) -> frozenset[Role]:
        """What the groups give together."""
        return frozenset(self.group_roles[group] for group in groups if group in self.group_roles)
