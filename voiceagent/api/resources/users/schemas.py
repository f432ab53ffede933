"""People as API clients see them. Fields are only ever added."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from voiceagent.api.one_line import ONE_LINE
from voiceagent.records.user_values import RolesFrom

PersonRole = Literal["tenant_admin", "supervisor", "agent", "auditor", "privacy_officer"]
_Roles = Annotated[list[PersonRole], Field(min_length=1, max_length=5, description="What somebody is here for.")]
_Address = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^([^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+)?$")
]
_Line = Annotated[str, StringConstraints(max_length=255, pattern=ONE_LINE)]


class NewUser(BaseModel):
    """By an address, which their first sign-in settles, or by what they are at the identity provider."""

    model_config = ConfigDict(extra="forbid")

    email: _Address = Field("", description="A provider has to tell that it is theirs. Personal data.")
    issuer: _Line = Field("", description="URL of the identity provider, with `subject`.")
    subject: _Line = Field("", description="`sub` of their tokens, where addresses are not told or not checked.")
    name: _Line = Field("", description="For lists. Personal data.")
    roles: _Roles

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if bool(self.issuer) != bool(self.subject):
            raise ValueError("a subject is one of an issuer: give both or neither")
        if not self.email and not self.subject:
            raise ValueError("say who: an email, or issuer and subject")
        return self


class UserChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    roles: _Roles


class User(BaseModel):
    """A person. `issuer` and `subject` are empty until somebody who was added by an address has signed in."""

    id: str
    email: str = Field(description="Personal data.")
    name: str = Field(description="Personal data.")
    issuer: str
    subject: str = Field(description="Personal data.")
    roles: list[PersonRole]
    roles_from: RolesFrom = Field(description="`groups`: the identity provider says which; they are changed there.")
    scopes: list[str] = Field(description="What the roles open together.")
    created_at: datetime
    created_by: str = Field(description="A user or an API key.")
    disabled_at: datetime | None
    last_seen_at: datetime | None = Field(description="To within five minutes.")
