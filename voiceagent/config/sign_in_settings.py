"""Settings of the identity providers at which people sign in."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from voiceagent.api.sign_in.addresses import problem_of
from voiceagent.config.settings_part import SettingsPart
from voiceagent.records.user_values import Role

# Signatures with a key pair only (RFC 8725, 3.1 and 3.2)
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]


class IdentityProviderSettings(SettingsPart):
    """Whose access tokens are accepted; docs/how-to/connect-oidc.md tells what to enter.

    `group_roles`: which group gives which role, e.g. `{"Call centre leads": supervisor}`; without any, roles are given
    by `voiceagent users`. `acr`: one of these has to be in the token, e.g. for a second factor.
    """

    issuer: str
    audience: str = Field(min_length=1)
    tenant: str = ""  # empty: the installation's
    algorithms: tuple[Algorithm, ...] = Field(("RS256", "ES256"), min_length=1)
    leeway_s: int = Field(60, ge=0, le=300)
    groups_claim: str = Field("groups", min_length=1)
    group_roles: dict[str, Role] = Field(default_factory=dict)
    acr: tuple[str, ...] = ()
    ca_file: Path | None = None  # PEM, of an authority of your own that signed the provider's certificate

    @field_validator("issuer")
    @classmethod
    def _is_an_issuer(cls, value: str) -> str:
        if problem := problem_of(value):
            raise ValueError(problem)
        return value

    @field_validator("group_roles")
    @classmethod
    def _are_for_people(cls, value: dict[str, Role]) -> dict[str, Role]:
        if Role.INTEGRATOR in value.values():
            raise ValueError("integrator is no role for people; make a key for the system instead")
        return value
