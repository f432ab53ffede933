"""Why a person's access token opens nothing. `reason` is a code for the audit log, the message is for the person."""

from voiceagent.core.errors import Forbidden, Unauthorised
from voiceagent.core.ids import TenantId


class TokenRefused(Unauthorised):
    """The access token is not valid; sign in again."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NotAdmitted(Forbidden):
    """The person is known to the identity provider, and has no access here; ask an administrator."""

    def __init__(self, reason: str, message: str, *, tenant_id: TenantId, user_id: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.tenant_id = tenant_id
        self.user_id = user_id
