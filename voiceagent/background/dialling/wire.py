"""What a gateway and the background process say to each other about calls that we place."""

import msgspec

from voiceagent.core.errors import BadInput
from voiceagent.core.ids import CallId, TenantId
from voiceagent.telephony.events import OptedOut

CLAIMS = "/v1/dial-claims"
OPT_OUTS = "/v1/opt-outs"


class ClaimAsked(msgspec.Struct, frozen=True, kw_only=True):
    tenant_id: TenantId
    call_id: CallId


class OptOutAsked(msgspec.Struct, frozen=True, kw_only=True):
    tenant_id: TenantId
    call_id: CallId
    opted_out: OptedOut


def decode_claim(body: bytes) -> ClaimAsked:
    """Raises BadInput."""
    try:
        return msgspec.json.decode(body, type=ClaimAsked)
    except msgspec.MsgspecError as error:
        raise BadInput(f"this claims no call: {error}") from error


def decode_opt_out(body: bytes) -> OptOutAsked:
    """Raises BadInput."""
    try:
        return msgspec.json.decode(body, type=OptOutAsked)
    except msgspec.MsgspecError as error:
        raise BadInput(f"this is no opt-out: {error}") from error
