"""What the API needs from a part beside it; `apps` connects them."""

from datetime import datetime
from typing import Protocol

from voiceagent.api.principal import Principal
from voiceagent.api.refusals import Refusal
from voiceagent.core.ids import TenantId
from voiceagent.records.values import ApiKey


class KeyDirectory(Protocol):
    """Finds API keys by the SHA-256 of the key, and notes their use. Raises StoreUnavailable."""

    async def find_api_key(self, sha256: str) -> ApiKey | None: ...

    async def note_use(self, key: ApiKey, now: datetime) -> None: ...


class SignIn(Protocol):
    """Knows people by the access tokens of their identity provider."""

    async def identify(self, token: str) -> Principal:
        """Raises TokenRefused, NotAdmitted, and Unavailable where the identity provider does not answer."""
        ...


class RefusalSink(Protocol):
    """Is told of requests that were refused, and raises nothing."""

    async def note(self, refusal: Refusal) -> None: ...


class TalkTokenIssuer(Protocol):
    """Signs tokens that the WebRTC gateway accepts."""

    def issue(self, *, tenant_id: TenantId, profile: str, subject: str, lifetime_s: int, now: datetime) -> str:
        """A token for browser calls to one agent profile, valid from `now` for `lifetime_s`."""
        ...
