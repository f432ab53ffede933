"""Talk tokens on the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from voiceagent.api.one_line import ONE_LINE


class TalkTokenRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    profile: str = Field(min_length=1, max_length=100, description="Name of the agent profile that answers.")
    subject: str = Field(
        "", max_length=64, pattern=ONE_LINE, description="Who the caller is to you; becomes the call's `from`."
    )
    lifetime_s: int = Field(300, ge=10, le=3600)


class TalkTokenMinted(BaseModel):
    """Give `token` (or `url`, when the gateway's address is configured) to one browser; it is not shown again."""

    token: str
    expires_at: datetime
    url: str | None
