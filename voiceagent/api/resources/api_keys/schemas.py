"""API keys as API clients see them. Fields are only ever added."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from voiceagent.api.one_line import ONE_LINE
from voiceagent.records.key_rules import LONGEST_LIFE


class NewApiKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, description="Who or what uses it.", pattern=ONE_LINE)
    scopes: list[str] = Field(min_length=1, max_length=50, description="None that you lack yourself.")
    networks: list[str] = Field(
        default=[], max_length=20, description="From which it may be used, such as 192.0.2.0/24; none: from all."
    )
    days: int = Field(LONGEST_LIFE.days, ge=1, le=LONGEST_LIFE.days, description="How long it is valid.")


class ApiKey(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    prefix: str = Field(description="How the key begins, to recognise it.")
    scopes: list[str]
    holder: str = Field(description="Who answers for it: a user, the key that it was made with, or itself.")
    networks: list[str] = Field(description="From which it may be used; none: from all.")
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To within five minutes.")


class ApiKeyMinted(ApiKey):
    """`key` is shown this once and is kept nowhere."""

    key: str
