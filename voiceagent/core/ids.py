"""Typed, prefixed, time-sortable ids: `call_01KAJ…` (ULID: 48 bits of milliseconds, 80 random bits)."""

import secrets
import time
from typing import NewType

CallId = NewType("CallId", str)
LegId = NewType("LegId", str)
TenantId = NewType("TenantId", str)
TrunkId = NewType("TrunkId", str)
NumberId = NewType("NumberId", str)
ProfileId = NewType("ProfileId", str)
UtteranceId = NewType("UtteranceId", str)
DelegationId = NewType("DelegationId", str)
ToolCallId = NewType("ToolCallId", str)
ProposalId = NewType("ProposalId", str)
WorkerId = NewType("WorkerId", str)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: ids are read out over the phone


def new_id(prefix: str) -> str:
    """Return `<prefix>_<ULID>`; ids of one prefix sort by the millisecond they were made in.

    Prefixes in use: call leg ten trk num prf utt del tool prop wrk key rec cns seg att oco dnc ode.
    """
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return f"{prefix}_" + "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))
